"""The runtimes that are known here, for lists: what each is, can do and needs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edgebench.plugins import BrokenDriver
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import missing_processors, runtime_drivers
from edgebench.text.brief import Brief


@dataclass(frozen=True, repr=False)
class RuntimeKind(Brief):
    """A runtime, as its driver describes it.

    Attributes
    ----------
    distribution, version
        The package that it runs on, and which version is installed; None if it is not.
    install
        How to install that package.
    formats
        The endings of the model files that it takes.
    processors
        What it can compute on without a delegate; empty where it does not say.
    missing_processors
        Those of them that the installed package lacks, and what to install for each.
    settings
        The fields of `RuntimeSettings` that it honours.
    profiles_ops
        Whether `edgebench.profile` can time a model's ops on it.
    problem
        Why its driver can't be used; empty if it can.
    """

    name: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    distribution: str = ""
    version: str | None = None
    install: str = ""
    formats: tuple[str, ...] = ()
    processors: tuple[str, ...] = ()
    missing_processors: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    profiles_ops: bool = False
    problem: str = ""

    @property
    def usable_processors(self) -> tuple[str, ...]:
        """The processors that the installed package has; all of them where none is installed."""
        return tuple(each for each in self.processors if each not in self.missing_processors)

    def __iter__(self) -> Iterator[str | None]:
        """Yield ``version`` and ``install``: `edgebench.list_runtimes` of 0.2 had such pairs."""
        self._warn()
        return iter((self.version, self.install))

    def __getitem__(self, place: int) -> str | None:
        """Return ``version`` or ``install``, as the pairs of 0.2 had them."""
        self._warn()
        return (self.version, self.install)[place]

    def _warn(self) -> None:
        warnings.warn(
            "edgebench.list_runtimes() gives RuntimeKind objects: use `.version` and `.install`; "
            "pairs go in 0.3",
            DeprecationWarning,
            stacklevel=3,
        )


def runtime_kinds() -> dict[str, RuntimeKind]:
    """Return every runtime by name: those that work, the preferred ones first, then the others."""
    drivers, unusable = runtime_drivers()
    kinds = [*map(_kind, drivers), *map(_broken, unusable)]
    return {kind.name: kind for kind in kinds}


def _kind(driver: RuntimeDriver) -> RuntimeKind:
    requires = driver.requires
    return RuntimeKind(
        name=driver.name,
        aliases=driver.aliases,
        summary=driver.summary,
        distribution=requires.distribution,
        version=requires.version,
        install=requires.install,
        formats=driver.formats,
        processors=driver.processors,
        missing_processors=missing_processors(driver),
        settings=driver.settings,
        profiles_ops=driver.profiles_ops,
    )


def _broken(driver: BrokenDriver) -> RuntimeKind:
    return RuntimeKind(driver.name, problem=driver.problem)
