"""Which of the settings that were compared to use, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from edgebench.runtime_settings import RuntimeSettings
from edgebench.statistics.change import ENOUGH_REPEATS, Change
from edgebench.tuning.comparison import DEFAULT, Finalist
from edgebench.tuning.objective import Objective

BUDGET_STEP_S = 10
"""A budget that is advised is a multiple of this."""


@dataclass(frozen=True)
class Decision:
    """The settings to use, and the reason in words."""

    settings: RuntimeSettings
    reason: str


def decide(finalists: Sequence[Finalist], goal: Objective, enough_s: float) -> Decision:
    """Choose the best that is certainly better than the default; else the default.

    Parameters
    ----------
    finalists
        One at least.
    enough_s
        The budget in which each would have been measured as often as a verdict needs.
    """
    changed = [(each, each.change) for each in finalists if each.change is not None]
    better = [(each, change) for each, change in changed if change.verdict == "faster"]
    if better:
        best, change = min(better, key=lambda each: each[1].ratio)
        gain, interval = gain_texts(change, goal)
        reason = f"it has {gain} the default's {goal.unit}, certainly (95 % interval {interval})"
        return Decision(best.settings, reason)
    default = next((each for each in finalists if DEFAULT in each.names), None)
    if default is None:
        return Decision(finalists[0].settings, "the default itself gave no figure")
    seeming = [(each, change) for each, change in changed if change.ratio < 1]
    if not seeming:
        reason = "it is the default, and nothing that was compared with it is better"
        return Decision(default.settings, reason)
    best, change = min(seeming, key=lambda each: each[1].ratio)
    gain, interval = gain_texts(change, goal)
    repeats = min(len(default.figures), len(best.figures))
    seems = f"{best.settings} has {gain} the default's {goal.unit}"
    if repeats < ENOUGH_REPEATS:
        advised = BUDGET_STEP_S * ceil(enough_s / BUDGET_STEP_S)
        why = (
            f"was measured {repeats} x in the time given, and a verdict needs {ENOUGH_REPEATS} "
            f"repeats. A `budget_s` of {advised} is about enough"
        )
        return Decision(default.settings, f"{seems}, but {why}")
    why = f"the 95 % interval is {interval}: not certainly better"
    advice = "A longer `budget_s` or an idle machine may decide it"
    return Decision(default.settings, f"{seems}, but {why}. {advice}")


def gain_texts(change: Change, goal: Objective) -> tuple[str, str]:
    """Return how many times better than the default, and between what."""
    ends = change.ratio, change.low, change.high
    # A cost is what changed; of a rate people want to read the rate.
    if not goal.lower_is_better:
        ends = 1 / change.ratio, 1 / change.high, 1 / change.low
    return f"{ends[0]:.2f} x", f"{ends[1]:.2f} to {ends[2]:.2f}"
