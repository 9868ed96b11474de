"""Numbers and names as people read them."""

from __future__ import annotations

from edgebench.rundir.records.device import EstimateRecord

NOT_STATED = "accuracy not stated"
"""In place of an uncertainty: how far a meter may be wrong is not known."""


def joules(value: float | None) -> str:
    """Return an energy in the unit that suits it."""
    return _scaled(value, "J")


def watts(value: float | None) -> str:
    """Return a power in the unit that suits it."""
    return _scaled(value, "W")


def uncertainty(share: float | None) -> str:
    """Return an energy's expanded uncertainty, relative to it, as text."""
    return NOT_STATED if share is None else f"+- {share:.1%}"


def _scaled(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    for prefix, size in (("", 1.0), ("m", 1e-3), ("u", 1e-6)):
        if abs(value) >= size:
            return f"{value / size:.4g} {prefix}{unit}"
    return f"{value / 1e-9:.4g} n{unit}" if value else f"0 {unit}"


def estimate_text(estimate: EstimateRecord) -> str:
    """Return an estimate of time with its interval, and what it is by."""
    by = (
        f"corrected by {estimate.corrected_by} measurement(s) of a board"
        if estimate.corrected_by
        else "no board was measured"
    )
    return (
        f"estimated: {_milliseconds(estimate.time_ns)} ms per inference "
        f"({_milliseconds(estimate.low_ns)} to {_milliseconds(estimate.high_ns)}), "
        f"{estimate.cycles:,.0f} cycles of a {estimate.core} at {estimate.clock_mhz:g} MHz; {by}"
    )


def _milliseconds(ns: float) -> str:
    return f"{ns / 1e6:.3g}"


def duration(ns: int | None) -> str:
    """Return a latency in the unit that suits it."""
    if ns is None:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns} ns"
