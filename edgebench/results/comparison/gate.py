"""Pass or fail a change, for a build server that has two folders of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal, TypeAlias

from edgebench.errors import UsageError
from edgebench.results.comparison.compare_runs import (
    ENERGY,
    INSTRUCTIONS,
    UNDISTURBED,
    Key,
    RunChange,
    slower_than,
)
from edgebench.statistics.change import ENOUGH_REPEATS, Change
from edgebench.text.brief import Brief

Outcome: TypeAlias = Literal["passed", "failed", "undecided"]
MISSING = "all of it"
"""The quantity of what has results before and none after."""
_WORDS = {ENERGY: ("more", "less"), INSTRUCTIONS: ("more", "fewer")}
"""How a quantity that is no time got worse and better."""


@dataclass(frozen=True, repr=False)
class Gated(Brief):
    """A gate's decision on one quantity.

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


def gate(
    changes: Iterable[RunChange], share: float, missing: Iterable[Key] = ()
) -> tuple[Gated, ...]:
    """Decide which changes pass, where at most a share (0.05: 5 %) may be lost.

    What programs take undisturbed supports their medians: it can fail, but where it is
    undecided, the median decides alone. What is missing after the change is undecided.

    Raises
    ------
    UsageError
        If the share is not from 0 to below 1.
    """
    if not 0 <= share < 1:
        raise UsageError(
            f"`share` must be from 0 to below 1 (0.05 is 5 %), not {share:g}",
            field="share",
            value=share,
        )
    decided = (_gated(each, share) for each in changes)
    return (
        *(
            each
            for each in decided
            if each.outcome != "undecided" or not each.compared.quantity.startswith(UNDISTURBED)
        ),
        *map(_missing, missing),
    )


def outcome_of(gated: Iterable[Gated]) -> Outcome:
    """Return the outcome of all: one failure fails, and one undecided leaves it undecided."""
    outcomes = {each.outcome for each in gated}
    if "failed" in outcomes:
        return "failed"
    return "undecided" if "undecided" in outcomes else "passed"


def _missing(key: Key) -> Gated:
    why = "it has results before and none after"
    unknown = Change(0.0, 0.0, 1.0, 0.0, inf, "can't tell", why)
    return Gated(RunChange(*key, MISSING, "", unknown, 0, 0, (), ()), "undecided", why)


def _gated(each: RunChange, share: float) -> Gated:
    change = each.change
    worse, better = _WORDS.get(each.quantity, ("slower", "faster"))
    if slower_than([each], share):
        return Gated(each, "failed", f"{change.ratio - 1:.1%} {worse}, more than {share:.1%}")
    if change.verdict == "faster":
        return Gated(each, "passed", f"{1 - change.ratio:.1%} {better}")
    # The interval of one or two runs says nothing where the comparison itself has no verdict.
    is_known = (
        change.verdict == "slower"
        or each.quantity == INSTRUCTIONS
        or min(each.runs_before, each.runs_after) >= ENOUGH_REPEATS
    )
    text = f"at most {max(change.high - 1, 0):.1%} {worse}"
    if is_known and change.high <= 1 + share:
        return Gated(each, "passed", text)
    why = change.why or f"the 95 % interval includes {share:.1%}; repeat each more often"
    return Gated(each, "undecided", why)
