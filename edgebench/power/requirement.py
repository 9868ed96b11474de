"""A package that a meter's driver needs."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from types import ModuleType

from edgebench.errors import MeterNotFound


@dataclass(frozen=True)
class Requirement:
    """A Python package that a driver imports when it opens its meter.

    Attributes
    ----------
    module
        Its name in Python, such as ``pyvisa``.
    install
        What pip installs, such as ``edgebench[power]``.
    note
        What to know before, such as its license.
    """

    module: str
    install: str
    note: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether the package is there; it is not imported."""
        return importlib.util.find_spec(self.module.partition(".")[0]) is not None

    @property
    def advice(self) -> str:
        """How to install it."""
        return f"pip install '{self.install}'" + (f" ({self.note})" if self.note else "")

    def load(self, meter: str, module: str = "") -> ModuleType:
        """Import the package, or a module of it.

        Raises
        ------
        MeterNotFound
            If it is not installed.
        """
        try:
            return importlib.import_module(module or self.module)
        except ImportError as error:
            raise MeterNotFound(f"{meter} needs {self.module}: {self.advice}") from error
