"""The driver of Joulescopes: ``joulescope[:SERIAL][,rate=100]``."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edgebench.errors import MeterNotFound
from edgebench.power.contract import Figures, Found
from edgebench.power.meters.joulescope.instrument import FAILURES, Joulescope, instruments
from edgebench.power.option_kinds import Number
from edgebench.power.options import option
from edgebench.power.place import MeterPlace
from edgebench.power.requirement import Requirement

REQUIRES = Requirement(
    "pyjoulescope_driver", "edgebench[power]", "a JS320 needs version 2, which needs numpy 2"
)


@dataclass(frozen=True, kw_only=True)
class JoulescopeOptions:
    """How often the instrument's statistics come."""

    rate_hz: float = option("rate", Number(unit="Hz"), 100.0)


def real_driver() -> Any:
    """Return pyjoulescope_driver's Driver.

    It sets this process's limit of open files to 4,096; one that was above that stays.

    Raises
    ------
    MeterNotFound
        If it is not installed.
    """
    package = REQUIRES.load("joulescope")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        return package.Driver()
    finally:
        lowered, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if before[0] == resource.RLIM_INFINITY or lowered < before[0]:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


@dataclass(frozen=True)
class JoulescopeDriver:
    """The instruments that a driver of Jetperch's sees."""

    make: Callable[[], Any] = real_driver

    name = "joulescope"
    aliases = ()
    requires = REQUIRES
    supplies = False
    options = JoulescopeOptions
    usage = "joulescope[:SERIAL]"
    summary = (
        "JS110, JS220, JS320 (with pyjoulescope_driver 2): joules that the instrument itself adds "
        "up; marks from input 0"
    )
    rate = "`rate=100`"
    figures = Figures.MEASURED
    advice = "plug one in: `power=joulescope`"

    def discover(self) -> list[Found]:
        """Return the instruments that are plugged in; none without the package."""
        if not self.requires.is_installed:
            return []
        try:
            driver = self.make()
        except FAILURES as error:
            raise MeterNotFound(f"pyjoulescope_driver does not start: {error}") from error
        try:
            return [Found(path.rsplit("/", 1)[-1], path) for path in instruments(driver)]
        except FAILURES as error:
            raise MeterNotFound(f"pyjoulescope_driver lists nothing: {error}") from error
        finally:
            driver.finalize()

    def open(self, place: MeterPlace) -> Joulescope:
        """Open the instrument of a serial number, or the only one."""
        return Joulescope(place.address, place.options_as(JoulescopeOptions).rate_hz, self.make)
