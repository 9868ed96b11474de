"""The Python package that a runtime runs on."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from edgebench.errors import MemoryShort, RuntimeMissing
from edgebench.files.refusals import unmapped_limit


@dataclass(frozen=True)
class RuntimePackage:
    """A package that a runtime imports when it opens a model.

    Attributes
    ----------
    distribution
        What pip calls it, such as ``ai-edge-litert``.
    module
        What is imported of it, such as ``ai_edge_litert.interpreter``.
    install
        How to install it, for people: ``pip install ...`` in backticks, and where it runs.
    others
        Distributions that bring the same module, such as one built for GPUs.
    """

    distribution: str
    module: str
    install: str
    others: tuple[str, ...] = ()

    @property
    def installed(self) -> tuple[str, str] | None:
        """The distribution that is installed, and its version; nothing is imported."""
        for name in (self.distribution, *self.others):
            try:
                return name, version(name)
            except PackageNotFoundError:
                continue
        return None

    @property
    def version(self) -> str | None:
        """Its installed version, or None; nothing is imported."""
        found = self.installed
        return None if found is None else found[1]

    def load(self, runtime: str) -> ModuleType:
        """Import it, for the runtime of a name.

        Raises
        ------
        RuntimeMissing
            If it is not installed, or can't be imported on this machine.
        MemoryShort
            If a limit of this process leaves no memory for it.
        """
        try:
            return importlib.import_module(self.module)
        except ImportError as error:
            if limit := unmapped_limit(error):
                raise MemoryShort(
                    f"the runtime {runtime} can't be loaded ({error}){limit}. Raise that limit"
                ) from error
            raise RuntimeMissing(
                f"the runtime {runtime} is not usable here ({error}); {self.install}",
                field="runtime",
                value=runtime,
            ) from error
