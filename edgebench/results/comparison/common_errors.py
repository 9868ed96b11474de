"""Find what is left of meters' own limits of error in the ratio of two energies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, median

from edgebench.rundir.records.energy import EnergyRecord, MeterLimit
from edgebench.statistics.gum import Part, limited

SAME_ZERO = 0.1
"""Offsets that differ by less, of the larger, are one error: a voltage that is another by little.
Those of two ranges differ by far more."""


def common_errors(
    before: Sequence[EnergyRecord], after: Sequence[EnergyRecord], *, is_one: bool
) -> list[Part]:
    """Return the relative errors of a ratio that repeats have in common.

    Parameters
    ----------
    is_one
        Whether both sides are certainly by one meter.
    """
    sides = (before, after)
    if any(each.repeat_uncertainty_j is None for side in sides for each in side):
        return []
    powers = [_middle_w(side) for side in sides]
    limits = [_limits(side) for side in sides]
    if is_one:
        return list(_left_of_one(limits[0], limits[1], powers[0], powers[1]))
    return [
        limited(each.name, each.of_reading + each.offset_w / power)
        for known, power in zip(limits, powers, strict=True)
        for each in known.values()
    ]


def _left_of_one(
    before: dict[str, MeterLimit], after: dict[str, MeterLimit], before_w: float, after_w: float
) -> Iterator[Part]:
    """Yield what does not cancel: of a sum of rails each has another part of the power."""
    for name in dict.fromkeys((*before, *after)):
        first, second = (side.get(name, MeterLimit(name, 0.0, 0.0)) for side in (before, after))
        yield limited(name, second.of_reading - first.of_reading)
        parts = first.offset_w / before_w, second.offset_w / after_w
        if abs(first.offset_w - second.offset_w) <= SAME_ZERO * max(
            first.offset_w, second.offset_w
        ):
            yield limited(name, parts[1] - parts[0])
        else:
            yield from (limited(name, each) for each in parts)


def _limits(side: Sequence[EnergyRecord]) -> dict[str, MeterLimit]:
    """Return a side's limits by name; of several ranges the one with the larger offset."""
    found: dict[str, list[MeterLimit]] = {}
    for record in side:
        for each in record.meter_limits:
            found.setdefault(each.name, []).append(each)
    return {
        name: MeterLimit(
            name, fmean(each.of_reading for each in known), max(each.offset_w for each in known)
        )
        for name, known in found.items()
    }


def _middle_w(side: Sequence[EnergyRecord]) -> float:
    return median(abs(each.average_w or 0.0) or 1.0 for each in side)
