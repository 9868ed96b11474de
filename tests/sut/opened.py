"""Open a runtime's systems by its name."""

from __future__ import annotations

from edgebench.runtimes.drivers import runtime_driver
from edgebench.sut.open import SutFactory


def sut_factory(name: str) -> SutFactory:
    """Return the function that opens a runtime's systems."""
    return runtime_driver(name).open
