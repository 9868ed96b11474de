"""The goal of a timed training run, from the ``[training]`` of the model's card."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import UsageError
from edgebench.metrics import metric_called
from edgebench.models.card import load_model_card, model_cards
from edgebench.registry import card_files

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
        return metric_called(self.metric).unit

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
    files = card_files("models")
    card = load_model_card(files[model]) if model in files else None
    if card is None or card.training is None:
        able = [name for name, each in model_cards().items() if each.training is not None]
        raise UsageError(f"{model} has no [training] in a card; those that have: {', '.join(able)}")
    return Goal(
        model=model,
        benchmark=card.training.benchmark,
        ruleset=card.training.ruleset,
        metric=card.quality.metric,
        target=card.training.target,
        most_evaluations=card.training.most_evaluations,
    )
