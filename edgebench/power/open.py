"""Opening a meter by what ``--power`` says."""

from __future__ import annotations

from edgebench.errors import MeterNotFound, UsageError
from edgebench.power.contract import GROUP, PowerMeter
from edgebench.registry import plugins

SUPPLIES = ("lpm01a", "ppk2", "otii", "scpi", "virtual")
"""Of the built-in ones, those that supply the board, or must be told its voltage."""
NO_SUPPLY = (
    "battery",
    "command",
    "csv",
    "hwmon",
    "joulescope",
    "npz",
    "ptd",
    "ptdaemon",
    "rapl",
    "rpi5-pmic",
    "spl",
)


def open_meter(text: str, supply_v: float | None = None) -> PowerMeter:
    """Return the meter that ``NAME`` or ``NAME:REST`` means; it is a context manager.

    Parameters
    ----------
    supply_v
        What the board is supplied with: the meter's option ``supply``.

    Raises
    ------
    MeterNotFound
        If there is no meter of that name, or it is not here.
    UsageError
        If it has no such option, or does not supply.
    """
    name, _, rest = text.partition(":")
    known = plugins(GROUP)
    if name not in known:
        raise MeterNotFound(f"no meter is called {name!r}; there are {', '.join(sorted(known))}")
    if supply_v is not None and name in NO_SUPPLY:
        raise UsageError(
            f"--supply: {name} supplies nothing, and needs no voltage; {', '.join(SUPPLIES)} do"
        )
    if supply_v is not None:
        rest += f",supply={supply_v:g}"
    meter: PowerMeter = known[name]()(rest)
    return meter
