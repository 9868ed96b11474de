"""Numbers and names as people read them."""

from __future__ import annotations

_METRICS = {"top1": "top-1"} | dict.fromkeys(("auc", "auc-reconstruction", "auc-clicks"), "AUC")


def metric_name(metric: str) -> str:
    """Return what the field calls a metric."""
    return _METRICS.get(metric, metric)


def value_of(value: float, metric: str) -> str:
    """Return a metric's value with its unit and name."""
    return (
        f"{value:.2f} % {metric_name(metric)}"
        if metric == "top1"
        else (f"{value:.4f} {metric_name(metric)}")
    )


def joules(value: float | None) -> str:
    """Return an energy in the unit that suits it."""
    return _scaled(value, "J")


def watts(value: float | None) -> str:
    """Return a power in the unit that suits it."""
    return _scaled(value, "W")


def _scaled(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    for prefix, size in (("", 1.0), ("m", 1e-3), ("u", 1e-6)):
        if abs(value) >= size:
            return f"{value / size:.4g} {prefix}{unit}"
    return f"{value / 1e-9:.4g} n{unit}" if value else f"0 {unit}"


def duration(ns: int | None) -> str:
    """Return a latency in the unit that suits it."""
    if ns is None:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns} ns"
