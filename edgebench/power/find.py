"""Which meters are here, and what to do about those that are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgebench.errors import EdgebenchError
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import Found, MeterDriver
from edgebench.power.drivers import meter_drivers, place_of
from edgebench.text.brief import Brief


@dataclass(frozen=True, repr=False)
class MeterFinding(Brief):
    """A meter that is here, or a kind of meter that is not.

    Attributes
    ----------
    name
        What ``power`` takes.
    watts
        What it reads now; None for one that is not read before it is used.
    advice
        What to do where it does not work.
    """

    name: str
    what: str
    works: bool
    watts: float | None
    advice: str


def find_meters() -> list[MeterFinding]:
    """Return every kind of meter, those that work first; each that supplies nothing is read."""
    drivers, broken = meter_drivers()
    found = [finding for driver in drivers for finding in _of(driver)]
    found += [MeterFinding(each.name, "", False, None, each.problem) for each in broken]
    return sorted(found, key=lambda each: not each.works)


def _of(driver: MeterDriver) -> Iterator[MeterFinding]:
    try:
        found = driver.discover()
    except EdgebenchError as error:
        yield MeterFinding(driver.name, "", False, None, str(error))
        return
    for each in found:
        yield _tried(driver, each)
    if not found:
        yield MeterFinding(driver.name, "", False, None, advice_of(driver))


def advice_of(driver: MeterDriver) -> str:
    """Return what to do where no meter of a kind is found."""
    if driver.requires is None or driver.requires.is_installed:
        return driver.advice
    return f"{driver.requires.advice}, then {driver.advice}"


def _tried(driver: MeterDriver, found: Found) -> MeterFinding:
    name = f"{driver.name}:{found.address}" if found.address else driver.name
    if found.problem:
        return MeterFinding(name, found.what, False, None, found.problem)
    if not found.is_read:
        return MeterFinding(name, found.what, True, None, "")
    try:
        with driver.open(place_of(driver, found.address)) as meter:
            watts = check_meter(meter)
    except EdgebenchError as error:
        return MeterFinding(name, found.what, False, None, str(error))
    return MeterFinding(name, found.what, True, watts, "")
