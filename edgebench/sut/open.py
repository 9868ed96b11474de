"""From the name of a runtime to an open system under test."""

from __future__ import annotations

from collections.abc import Callable

from edgebench.errors import RuntimeMissing
from edgebench.models.resolve import Model
from edgebench.registry import plugins
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes import RUNTIMES
from edgebench.sut.contract import SystemUnderTest

GROUP = "edgebench.suts"
SutFactory = Callable[[Model, RuntimeSettings], SystemUnderTest]


def default_runtime() -> str:
    """Return the first known runtime that is installed here; LiteRT where it is."""
    installed = [name for name, runtime in RUNTIMES.items() if runtime.version]
    return installed[0] if installed else next(iter(RUNTIMES))


def sut_factory(name: str) -> SutFactory:
    """Return the function that opens a runtime's systems.

    Raises
    ------
    RuntimeMissing
        If nothing of that name is installed.
    """
    known = plugins(GROUP)
    if name not in known:
        raise RuntimeMissing(f"no runtime is called {name!r}; here are: {', '.join(sorted(known))}")
    factory: SutFactory = known[name]()
    return factory
