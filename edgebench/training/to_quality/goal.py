"""What a model is to be trained to: the ``[training]`` of its card, written before any training."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import CardInvalid, UsageError
from edgebench.models.card import load_model_card
from edgebench.registry import CardTable, card_files

KEY = "training"
OWN_RULES = "edgebench"
"""The ruleset of benchmarks that mlperf-logging has no name for."""


@dataclass(frozen=True)
class Goal:
    """When training ends.

    Attributes
    ----------
    benchmark, ruleset
        As mlperf-logging's checker knows it, such as dlrm in 2.1.0; or a name of ours, by
        `OWN_RULES`.
    metric, target, unit
        Of the held-out evaluation set; ``unit`` is % or empty.
    most_evaluations
        A run that has not reached the target by then has not converged.
    """

    model: str
    benchmark: str
    ruleset: str
    metric: str
    target: float
    most_evaluations: int

    @property
    def unit(self) -> str:
        """Of the target."""
        return "%" if self.metric == "top1" else ""

    @property
    def by_own_rules(self) -> bool:
        """Whether mlperf-logging has no rules for it."""
        return self.ruleset == OWN_RULES


def goal_of(model: str) -> Goal:
    """Return a zoo model's goal.

    Raises
    ------
    UsageError
        If it has none.
    CardInvalid
        If its card is damaged.
    """
    cards = card_files("models")
    able = [name for name, path in cards.items() if KEY in CardTable.read(path).values]
    if model not in able:
        raise UsageError(f"{model} has no [{KEY}] in a card; those that have: {', '.join(able)}")
    table = CardTable.read(cards[model]).table(KEY)
    quality = load_model_card(cards[model]).quality
    goal = Goal(
        model=model,
        benchmark=table.get("benchmark", str),
        ruleset=table.get("ruleset", str),
        metric=quality.metric,
        target=table.get("target", float),
        most_evaluations=table.get("most_evaluations", int),
    )
    if goal.most_evaluations < 1:
        raise CardInvalid(f"{cards[model]}: `{KEY}.most_evaluations` must be at least 1")
    return goal
