"""Find what installed packages add to edgebench: entry points, and the drivers that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

OWN_PACKAGE = "edgebench"
Kinds = type | tuple[type, ...]


@dataclass(frozen=True)
class Plugin:
    """An entry point.

    Attributes
    ----------
    package
        The distribution that brings it; empty if that is not known.
    """

    name: str
    package: str
    _point: EntryPoint

    @property
    def is_own(self) -> bool:
        """Whether it comes with edgebench."""
        return self.package == OWN_PACKAGE

    def load(self) -> Any:
        """Import what it names; whatever that raises is raised."""
        return self._point.load()


@dataclass(frozen=True)
class BrokenDriver:
    """An entry point whose driver can't be used, and why; `problem` names another's package."""

    name: str
    problem: str


def plugins(group: str) -> dict[str, Plugin]:
    """Return the entry points of a group by name, sorted; nothing is imported."""
    found = {}
    for point in entry_points(group=group):
        package = point.dist.name if point.dist is not None else ""
        found[point.name] = Plugin(point.name, package, point)
    return dict(sorted(found.items()))


def load_driver(
    plugin: Plugin,
    facts: Mapping[str, Kinds],
    more: Iterable[str],
    adapted: Callable[[Any], Any] = lambda value: value,
) -> Any | BrokenDriver:
    """Load a driver: an object, or a class that is called without arguments.

    Parameters
    ----------
    facts
        The attributes that it must have, and their types; ``name`` is the entry point's.
    more
        What else it must have, of any type.
    adapted
        Turns what older packages name into a driver; called with all that is no class.
    """
    try:
        value = plugin.load()
        driver = value() if isinstance(value, type) else adapted(value)
    except Exception as error:
        # It may be another package's: whatever fails in it must not take the other drivers away.
        return broken(plugin, f"it can't be loaded ({type(error).__name__}: {error})")
    lacking = [each for each in (*facts, *more) if not hasattr(driver, each)]
    if lacking:
        return broken(plugin, f"its driver has no `{'`, `'.join(lacking)}`")
    for fact, kind in facts.items():
        if not isinstance(getattr(driver, fact), kind):
            return broken(plugin, f"its driver's `{fact}` is {getattr(driver, fact)!r}")
    if driver.name != plugin.name:
        return broken(plugin, f"its driver calls itself {driver.name!r}")
    return driver


def broken(plugin: Plugin, problem: str) -> BrokenDriver:
    """Return a plug-in as one that can't be used."""
    by = f" (of the package {plugin.package})" if plugin.package and not plugin.is_own else ""
    return BrokenDriver(plugin.name, f"{problem}{by}")
