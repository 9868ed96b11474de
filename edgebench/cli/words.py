"""Numbers and names as people read them."""

from __future__ import annotations

_METRICS = {"top1": "top-1", "auc": "AUC", "auc-reconstruction": "AUC"}


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


def duration(ns: int | None) -> str:
    """Return a latency in the unit that suits it."""
    if ns is None:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns} ns"
