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


def chosen_text(tuned: Tuned) -> str:
    """Return what was chosen, and why not what looks faster."""
    text = f"chosen: {tuned.chosen}"
    changes = [
        (each, each.change)
        for each in tuned.finalists
        if each.change is not None and each.settings != tuned.chosen and each.change.ratio < 1
    ]
    if not changes or tuned.winner.change is not None:
        return text
    best, _ = min(changes, key=lambda each: each[1].ratio)
    gain, interval = _gain(best, tuned.objective)
    return (
        f"{text}. {best.settings} has {gain} the default's {tuned.unit}, but the 95 % interval is "
        f"{interval}: not certainly better. A longer `budget_s` or an idle machine may decide it"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
