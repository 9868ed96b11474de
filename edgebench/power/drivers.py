"""The drivers that are installed, and what a text says of one: ``NAME[:ADDRESS][,key=value...]``.

Each is loaded when it is needed: a name that is an entry point loads one driver, an alias all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from math import inf

from edgebench.errors import MeterNotFound, UsageError
from edgebench.plugins import BrokenDriver, Kinds, load_driver, plugins
from edgebench.power.contract import GROUP, MeterDriver
from edgebench.power.description import stated_by_user
from edgebench.power.options import NoOptions, declared_options, read_options
from edgebench.power.place import MeterPlace

SUPPLY = "supply_v"
_FACTS: dict[str, Kinds] = {
    "name": str,
    "aliases": tuple,
    "supplies": bool,
    "usage": str,
    "summary": str,
    "rate": str,
    "figures": str,
    "advice": str,
}
_MORE = ("requires", "options", "discover", "open")


def meter_names() -> list[str]:
    """Return the names of the installed drivers, sorted; none is imported."""
    return list(plugins(GROUP))


def meter_drivers() -> tuple[list[MeterDriver], list[BrokenDriver]]:
    """Load every driver; return those that work, sorted by name, and those that don't."""
    working: list[MeterDriver] = []
    unusable: list[BrokenDriver] = []
    for plugin in plugins(GROUP).values():
        found = load_driver(plugin, _FACTS, _MORE)
        if isinstance(found, BrokenDriver):
            unusable.append(found)
        else:
            working.append(found)
    return working, unusable


def meter_driver(name: str) -> MeterDriver:
    """Return the driver of a name, or of an alias.

    Raises
    ------
    MeterNotFound
        If there is none, or it can't be used.
    """
    known = plugins(GROUP)
    if name in known:
        found: MeterDriver | BrokenDriver = load_driver(known[name], _FACTS, _MORE)
        if isinstance(found, BrokenDriver):
            raise MeterNotFound(f"the meter {name} can't be used: {found.problem}", field="power")
        return found
    for driver in meter_drivers()[0]:
        if name in driver.aliases:
            return driver
    raise MeterNotFound.unknown("power", name, known)


def parse_place(
    text: str, supply_v: float | None = None, meter_accuracy: float | None = None
) -> tuple[MeterDriver, MeterPlace]:
    """Return the driver and the place that a text names.

    Parameters
    ----------
    text
        ``NAME[:ADDRESS][,key=value...]``, such as ``ppk2:/dev/ttyACM0,rate=10k``.
    supply_v
        What the board is supplied with: the option ``supply``.
    meter_accuracy
        The meter's limit of error relative to its reading, where the user states it.

    Raises
    ------
    MeterNotFound
        If there is no such driver.
    UsageError
        If it has no such option, needs one that is missing, or its `supply_v` can't be.
    """
    name = re.split("[:,]", text, maxsplit=1)[0]
    driver = meter_driver(name)
    place = place_of(driver, text[len(name) :].removeprefix(":"), supply_v)
    if meter_accuracy is not None:
        stated_by_user(meter_accuracy)  # refused before anything is opened
    return driver, replace(place, accuracy=meter_accuracy)


def place_of(driver: MeterDriver, rest: str, supply_v: float | None = None) -> MeterPlace:
    """Return the place that a text behind a driver's name and colon means; see `parse_place`."""
    if driver.options is None:
        return place_at(driver, rest, (), supply_v)
    address, *words = rest.split(",")
    return place_at(driver, address, words, supply_v)


def place_at(
    driver: MeterDriver, address: str, words: Iterable[str], supply_v: float | None = None
) -> MeterPlace:
    """Return the place of an address and options, ``key=value``; see `parse_place`."""
    is_used = SUPPLY in declared_options(driver.options)
    given: dict[str, object] = {SUPPLY: supply_v} if is_used and supply_v is not None else {}
    options = read_options(driver.name, driver.options or NoOptions, words, **given)
    return MeterPlace(
        driver.name, address, options, unused_supply_v=None if is_used else _checked(supply_v)
    )


def _checked(supply_v: float | None) -> float | None:
    """Return a voltage that a meter has no use for, if it can be one."""
    if supply_v is not None and not 0 < supply_v < inf:
        raise UsageError(
            f"`{SUPPLY}` must be more than 0 V, not {supply_v:g}", field=SUPPLY, value=supply_v
        )
    return supply_v
