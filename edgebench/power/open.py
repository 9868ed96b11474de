"""Opening a meter by what ``--power`` says."""

from __future__ import annotations

from edgebench.errors import MeterNotFound
from edgebench.power.contract import GROUP, PowerMeter
from edgebench.registry import plugins


def open_meter(text: str) -> PowerMeter:
    """Return the meter that ``NAME`` or ``NAME:REST`` means; it is a context manager.

    Raises
    ------
    MeterNotFound
        If there is no meter of that name, or it is not here.
    """
    name, _, rest = text.partition(":")
    known = plugins(GROUP)
    if name not in known:
        raise MeterNotFound(f"no meter is called {name!r}; there are {', '.join(sorted(known))}")
    meter: PowerMeter = known[name]()(rest)
    return meter
