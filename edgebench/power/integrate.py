"""Energy of a part of a recording."""

from __future__ import annotations

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.energy import Energy, energy_between
from edgebench.power.traces.trace import PowerTrace


def integrate(trace: PowerTrace, start: float | str, end: float | None) -> Energy:
    """Return the energy of a part of a trace; see `edgebench.api.integrate_power`."""
    samples = trace.samples
    if not len(samples):
        raise TraceInvalid(f"{trace.meter.name}: the recording has no sample")
    first, last = int(samples.t_ns[0]), int(samples.t_ns[-1])
    if start == "marks":
        marks = [] if samples.marks_ns is None else samples.marks_ns.tolist()
        if len(marks) < 2:
            raise TraceInvalid(
                f"the recording has {len(marks)} marks, a window has 2: is the marker pin wired?"
            )
        return energy_between(trace, marks[-2], marks[-1], by_marks=True)
    try:
        start_ns = first + int(float(start) * 1e9)
        end_ns = last if end is None else first + int(end * 1e9)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"`start` must be seconds or 'marks', `end` seconds, not {start!r} and {end!r}",
            field="start",
            value=start,
        ) from error
    if not first <= start_ns < end_ns <= last:
        raise UsageError(
            f"the recording has {(last - first) / 1e9:.6g} s: from {start} to "
            f"{'its end' if end is None else end} is no part of it"
        )
    return energy_between(trace, start_ns, end_ns)
