"""Examine the power meters here: each one that its driver finds."""

from __future__ import annotations

from collections.abc import Iterator

from edgebench.diagnostics.finding import Finding
from edgebench.errors import EdgebenchError
from edgebench.power.contract import MeterDriver
from edgebench.power.drivers import meter_drivers


def meters() -> list[Finding]:
    """Return the meters that were found; none is opened. `edgebench meters` reads them."""
    drivers, broken = meter_drivers()
    found = [finding for driver in drivers for finding in _of(driver)]
    found += [Finding("meters", each.name, "warning", each.problem) for each in broken]
    if found:
        return found
    return [
        Finding(
            "meters",
            "sensors",
            "note",
            "this machine has no power meter",
            "energy needs a meter in the supply line; `edgebench meters` lists what can be used",
        )
    ]


def _of(driver: MeterDriver) -> Iterator[Finding]:
    try:
        found = driver.discover()
    except EdgebenchError as error:
        yield Finding("meters", driver.name, "warning", str(error))
        return
    for each in found:
        name = f"{driver.name}:{each.address}" if each.address else driver.name
        if each.problem:
            yield Finding("meters", name, "note", each.what, each.problem)
        else:
            yield Finding("meters", name, "ok", f"`power={name}`: {each.what}")
