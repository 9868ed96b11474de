"""Pass or fail a change: what a build server asks of two folders of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from edgebench.results.comparison.compare_runs import (
    INSTRUCTIONS,
    UNDISTURBED,
    RunChange,
    slower_than,
)
from edgebench.statistics.change import ENOUGH_REPEATS
from edgebench.text.brief import Brief

Outcome: TypeAlias = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True, repr=False)
class Gated(Brief):
    """What a gate decides of one quantity.

    Attributes
    ----------
    outcome
        ``failed``: certainly slower, and by more than the share that is allowed. ``passed``: not
        slower by more than that share, with 95 % confidence. ``undecided``: neither; more repeats
        or a quieter machine may decide it.
    reason
        Why, in one sentence.
    """

    compared: RunChange
    outcome: Outcome
    reason: str


def gate(changes: Iterable[RunChange], share: float) -> tuple[Gated, ...]:
    """Decide which changes pass, where at most a share (0.05: 5 %) may be lost.

    What programs take undisturbed supports their medians: it can fail, but where it can't be
    told, the median decides alone.
    """
    decided = (_gated(each, share) for each in changes)
    return tuple(
        each
        for each in decided
        if each.outcome != "undecided" or not each.compared.quantity.startswith(UNDISTURBED)
    )


def outcome_of(gated: Iterable[Gated]) -> Outcome:
    """Return the outcome of all: one failure fails, and one undecided leaves it undecided."""
    outcomes = {each.outcome for each in gated}
    if "failed" in outcomes:
        return "failed"
    return "undecided" if "undecided" in outcomes else "passed"


def _gated(each: RunChange, share: float) -> Gated:
    change = each.change
    if slower_than([each], share):
        return Gated(each, "failed", f"{change.ratio - 1:.1%} slower, more than {share:.1%}")
    if change.verdict == "faster":
        return Gated(each, "passed", f"{1 - change.ratio:.1%} faster")
    # The interval of one or two runs says nothing where the comparison itself has no verdict.
    is_known = (
        change.verdict == "slower"
        or each.quantity == INSTRUCTIONS
        or min(each.runs_before, each.runs_after) >= ENOUGH_REPEATS
    )
    text = f"at most {max(change.high - 1, 0):.1%} slower"
    if is_known and change.high <= 1 + share:
        return Gated(each, "passed", text)
    why = change.why or f"the interval has {share:.1%} in it; repeat each more often"
    return Gated(each, "undecided", why)
