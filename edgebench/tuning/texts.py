"""Texts of a tuning's findings by column, for tables."""

from __future__ import annotations

from edgebench.statistics.change import ENOUGH_REPEATS
from edgebench.tuning.comparison import FINALIST_NAMES, Finalist
from edgebench.tuning.decision import gain_texts
from edgebench.tuning.objective import OBJECTIVES
from edgebench.tuning.tune import Tuned


def finalist_rows(tuned: Tuned) -> list[dict[str, str]]:
    """Return each finalist's texts by column."""
    return [_row(each, tuned) for each in tuned.finalists]


def _row(each: Finalist, tuned: Tuned) -> dict[str, str]:
    names = ", ".join(FINALIST_NAMES.get(name, name) for name in each.names)
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
    """Return how many times better than the default, and between what: if enough repeats say it."""
    if each.change is None:
        return "1.00 x", ""
    gain, interval = gain_texts(each.change, OBJECTIVES[objective])
    return gain, interval if len(each.figures) >= ENOUGH_REPEATS else "too few repeats"


def chosen_text(tuned: Tuned) -> str:
    """Return what was chosen, and why."""
    return f"chosen: {tuned.chosen}: {tuned.reason}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
