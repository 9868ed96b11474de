"""Numbers and names as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricText:
    """How a metric is written.

    Attributes
    ----------
    name
        What the field calls it.
    value
        How its value is written, as a format.
    digits
        How a value that stands next to others is written, such as an interval's ends.
    """

    name: str
    value: str
    digits: str


_AUC = MetricText("AUC", "{:.4f}", ".3f")
METRICS: Mapping[str, MetricText] = {
    "top1": MetricText("top-1", "{:.2f} %", ".1f"),
    "auc": _AUC,
    "auc-reconstruction": _AUC,
    "auc-clicks": _AUC,
}
"""By the names of `edgebench.datasets.metrics.METRICS`; others are written as an AUC is."""


def _text_of(metric: str) -> MetricText:
    return METRICS.get(metric, MetricText(metric, _AUC.value, _AUC.digits))


NOT_STATED = "accuracy not stated"
"""In place of an uncertainty: how far a meter may be wrong is not known."""


def metric_name(metric: str) -> str:
    """Return what the field calls a metric."""
    return _text_of(metric).name


def value_of(value: float, metric: str) -> str:
    """Return a metric's value with its unit and name."""
    text = _text_of(metric)
    return f"{text.value.format(value)} {text.name}"


def digits_of(metric: str) -> str:
    """Return the format of a metric's value where its name and unit stand elsewhere."""
    return _text_of(metric).digits


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


def duration(ns: int | None) -> str:
    """Return a latency in the unit that suits it."""
    if ns is None:
        return "-"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{ns / size:.4g} {unit}"
    return f"{ns} ns"
