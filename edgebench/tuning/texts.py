"""What tuning found, as texts by column, for tables."""

from __future__ import annotations

from edgebench.tuning.objective import OBJECTIVES
from edgebench.tuning.tuned import Finalist, Tuned

NAMES = {"vendor": "threads = cores"}


def finalist_rows(tuned: Tuned) -> list[dict[str, str]]:
    """Return each finalist's texts by column."""
    return [_row(each, tuned) for each in tuned.finalists]


def _row(each: Finalist, tuned: Tuned) -> dict[str, str]:
    names = ", ".join(NAMES.get(name, name) for name in each.names)
    low, high = each.interval
    times, interval = _gain(each, tuned.objective)
    return {
        "settings": f"{names}\n{each.settings}",
        tuned.unit: _number(each.figure),
        "least to most": f"{_number(low)} to {_number(high)}",
        "by default": times,
        "95 % interval": interval,
    }


def _gain(each: Finalist, objective: str) -> tuple[str, str]:
    """Return how many times better than the default, and between what."""
    if each.change is None:
        return "1.00 x", ""
    change = each.change
    ends = change.ratio, change.low, change.high
    # A cost is what changed; of a rate people want to read the rate.
    if not OBJECTIVES[objective].lower_is_better:
        ends = 1 / change.ratio, 1 / change.high, 1 / change.low
    return f"{ends[0]:.2f} x", f"{ends[1]:.2f} to {ends[2]:.2f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
