"""A meter's clock on the host's: offset and drift, with bounds that are certain.

What the host knows of a meter's clock are exchanges: a moment of the meter's lies after a command
was sent and before its answer came; samples that have arrived were taken before. Each is a straight
line that the two clocks' relation lies on one side of; those relations that lie right of all of
them are a polygon in offset and drift. (Moon, Skelly and Towsley estimate skew from network delays
so: Proc. INFOCOM 1999.) Its middle is the estimate, its extent the bound: no distribution of delays
is assumed. Where nothing is left, samples are missing: counted times run short.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgebench.power.samples import Exchange
from edgebench.power.traces.trace import Alignment

MOST_DRIFT_PPM = 500.0
"""No quartz is as wrong; what seems to be has lost samples."""
FAR_NS = 1e12

Point = tuple[float, float]


def align(exchanges: Iterable[Exchange]) -> Alignment | None:
    """Return the alignment that exchanges allow; None if they don't bound it on both sides."""
    known = list(exchanges)
    if not any(each.earliest_ns is not None for each in known) or not any(
        each.latest_ns is not None for each in known
    ):
        return None
    first, last = min(e.meter_ns for e in known), max(e.meter_ns for e in known)
    pivot = (first + last) // 2
    base = _some_offset(known)
    allowed = _allowed(known, pivot, base)
    if not allowed:
        return _with_missing(known, pivot)
    offset, drift = _middle(allowed)
    half_ns = max(last - pivot, 1)
    bound = max(
        abs(o - offset + (d - drift) * x) for o, d in allowed for x in (-half_ns, 0.0, half_ns)
    )
    return Alignment(
        pivot, base + offset, drift * 1e6, bound, max(abs(d - drift) for _, d in allowed) * 1e6
    )


def _some_offset(known: list[Exchange]) -> int:
    """Return an offset that is near, so that small numbers are left to reckon with."""
    each = next(e for e in known if e.latest_ns is not None)
    return (each.latest_ns or 0) - each.meter_ns


def _allowed(known: list[Exchange], pivot: int, base: int) -> list[Point]:
    """Return the corners of the polygon of offset and drift that every exchange allows."""
    most = MOST_DRIFT_PPM * 1e-6
    corners: list[Point] = [(-FAR_NS, -most), (FAR_NS, -most), (FAR_NS, most), (-FAR_NS, most)]
    for each in known:
        x = float(each.meter_ns - pivot)
        if each.latest_ns is not None:
            corners = _cut(corners, x, float(each.latest_ns - each.meter_ns - base), 1.0)
        if each.earliest_ns is not None:
            corners = _cut(corners, x, float(each.earliest_ns - each.meter_ns - base), -1.0)
    return corners


def _cut(corners: list[Point], x: float, limit: float, sign: float) -> list[Point]:
    """Keep what has ``sign x (offset + drift x) <= sign x limit``."""
    past = [sign * (o + d * x - limit) for o, d in corners]
    if all(each <= 0 for each in past):
        return corners
    kept: list[Point] = []
    for number, (here, there) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
        a, b = past[number], past[(number + 1) % len(corners)]
        if a <= 0:
            kept.append(here)
        if (a < 0 < b) or (b < 0 < a):
            share = a / (a - b)
            kept.append(
                (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            )
    return kept


def _middle(corners: list[Point]) -> Point:
    offsets, drifts = zip(*corners, strict=True)
    return (min(offsets) + max(offsets)) / 2, (min(drifts) + max(drifts)) / 2


def _with_missing(known: list[Exchange], pivot: int) -> Alignment:
    """Return the line between the first exchange and the last that bound time on both sides."""
    known = sorted(known, key=lambda each: each.meter_ns)
    first, last = known[0], known[-1]
    begin = _middle_ns(first)
    span = max(last.meter_ns - first.meter_ns, 1)
    missing = _middle_ns(last) - begin - span
    rate = missing / span
    return Alignment(
        pivot,
        begin - first.meter_ns + rate * (pivot - first.meter_ns),
        rate * 1e6,
        abs(missing),
        abs(rate) * 1e6,
        missing,
    )


def _middle_ns(each: Exchange) -> float:
    """Return about when it was; by one side where only one is known."""
    sides = [side for side in (each.earliest_ns, each.latest_ns) if side is not None]
    return sum(sides) / len(sides)
