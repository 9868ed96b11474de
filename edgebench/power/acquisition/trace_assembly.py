"""Join a meter's pieces into a trace on the host's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.power.acquisition.alignment import align
from edgebench.power.description import MeterDescription
from edgebench.power.samples import PowerSamples, power_faults
from edgebench.power.traces.trace import ARRAYS, Alignment, Loss, PowerTrace

FROZEN_S, FROZEN_SAMPLES, FROZEN_REPEATS = 0.5, 20, 1.2
"""A meter is frozen that shows one figure for so long, and for so many samples, where it else shows
one so many times at most."""
MISSING_SHARE = 0.02
"""The share that may be missing without a warning; it is in the uncertainty."""


def joined(meter: MeterDescription, parts: Iterable[PowerSamples]) -> PowerTrace:
    """Return the trace of what a meter gave.

    A meter whose clock can't be aligned (it gave no exchange) keeps its own.
    """
    found = [part for part in parts if part.says_something]
    arrays = _arrays(found)
    alignment = None
    is_counter = meter.counts_energy and meter.clock == "host"
    if meter.clock == "meter":
        alignment = align(each for part in found for each in part.exchanges)
    if alignment is not None:
        meter = replace(meter, clock="host")
        for name in ("t_ns", "marks_ns"):
            if name in arrays:
                arrays[name] = alignment.host_ns(arrays[name])
    faults = [fault for part in found for fault in part.faults]
    faults += power_faults(arrays["power_w"])
    faults += _frozen_faults(arrays["power_w"], meter.period_s, is_counter)
    if alignment is not None and len(arrays["t_ns"]):
        faults += _time_faults(alignment, int(np.ptp(arrays["t_ns"])))
    samples = PowerSamples(**arrays, faults=tuple(dict.fromkeys(faults)))
    return PowerTrace(meter, samples, alignment, _losses(found, alignment))


def _arrays(parts: list[PowerSamples]) -> dict[str, Any]:
    """Return the arrays of all parts, end to end."""
    arrays: dict[str, Any] = {"t_ns": np.empty(0, np.int64), "power_w": np.empty(0)}
    for name in ARRAYS:
        there = [array for part in parts if (array := getattr(part, name)) is not None]
        if there:
            arrays[name] = np.concatenate(there)
    if not len(arrays["t_ns"]):
        arrays.pop("energy_j", None)
    return arrays


def _frozen_faults(power_w: NDArray[np.float64], period_s: float, is_counter: bool) -> list[str]:
    """Say so if a meter whose figures else always differ shows one for long.

    A coarse sensor repeats its figures by itself, and a board that is off takes 0 W; a processor
    whose counter stands still does not.
    """
    least = max(FROZEN_SAMPLES, round(FROZEN_S / max(period_s, 1e-9)))
    if len(power_w) < least + FROZEN_SAMPLES:
        return []
    starts = np.flatnonzero(np.diff(power_w, prepend=np.nan) != 0)
    lengths = np.diff(starts, append=len(power_w))
    longest = int(np.argmax(lengths))
    if lengths[longest] < least or (power_w[starts[longest]] == 0 and not is_counter):
        return []
    others = np.delete(lengths, longest)
    if len(others) < FROZEN_SAMPLES or others.mean() > FROZEN_REPEATS:
        return []
    seconds = lengths[longest] * period_s
    return [
        f"it shows the same {power_w[starts[longest]]:.6g} W for {seconds:.1f} s: is it frozen?"
    ]


def _time_faults(alignment: Alignment, span_ns: int) -> list[str]:
    """Return what is wrong with the meter's time, in words."""
    if alignment.missing_ns < 0:
        return ["it counted more time than has passed: damaged samples, or a wrong rate"]
    share = alignment.missing_ns / max(span_ns, 1)
    return [f"{share:.0%} of its samples are missing"] if share > MISSING_SHARE else []


def _losses(parts: list[PowerSamples], alignment: Alignment | None) -> tuple[Loss, ...]:
    """Return the losses of parts, each until the part's end."""
    found, until = [], 0
    for part in parts:
        until = int(part.t_ns[-1]) if len(part) else until
        if part.lost:
            when = np.array([until], np.int64)
            host = when if alignment is None else alignment.host_ns(when)
            found.append(Loss(int(host[0]), float(part.lost)))
    return tuple(found)
