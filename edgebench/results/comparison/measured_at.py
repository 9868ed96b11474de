"""Where a meter measures: at the mains, at the board's inlet, or one rail of the board."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

MAINS_METERS = ("shelly", "shelly-gen1", "tasmota")
INLET_METERS = (
    "fnirsi",
    "joulescope",
    "joulescope-js320",
    "km002c",
    "km003c",
    "lpm01a",
    "otii",
    "powerz",
    "ppk2",
)
RAIL_METERS = ("hwmon", "hwmon-ina3221", "tegrastats")
WHOLE_RAILS = ("VDD_IN", "POM_5V_IN")
"""Rails of those that are the whole board by their label (a sum of rails may lack some of it)."""


class MeasuredAt(StrEnum):
    """What a meter's power is of."""

    MAINS = "the mains, with the supply's losses"
    INLET = "the board's inlet"
    RAILS = "rails of the board"
    UNKNOWN = "what is not known"


def measured_at(kind: str, rails: Collection[str]) -> MeasuredAt:
    """Return where a kind of meter measures, by the rails that it states."""
    if kind in MAINS_METERS:
        return MeasuredAt.MAINS
    if kind in INLET_METERS:
        return MeasuredAt.INLET
    if kind in RAIL_METERS:
        is_whole = len(rails) == 1 and set(rails) <= set(WHOLE_RAILS)
        return MeasuredAt.INLET if is_whole else MeasuredAt.RAILS
    return MeasuredAt.UNKNOWN
