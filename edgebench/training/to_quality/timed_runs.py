"""How often a model is trained to its target, and under which names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edgebench.errors import UsageError
from edgebench.metrics import metric_called
from edgebench.training.declared import declared

if TYPE_CHECKING:
    from edgebench.training.to_quality.goal import Goal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")


@dataclass(frozen=True)
class TimedRuns:
    """The request of a session of time to quality.

    Raises
    ------
    UsageError
        If a count is too small, or a name can't be that of a folder.
    """

    seeds: int = declared(5, "Runs, each with its seed.")
    first_seed: int = declared(1, "Seed of the first run; the next ones count up.")
    most_evaluations: int | None = declared(
        None,
        "Evaluations after which a run has not converged.  [default: the card's]",
    )
    organization: str = declared("edgebench", "Your organization's name in the logs.")
    system: str = declared("this_machine", "This machine's name in the logs.")
    batch: int | None = declared(None, "Samples per update.  [default: the model's script's]")
    threads: int | None = declared(None, "Threads per op in TensorFlow.  [default: it decides]")
    target: float | None = declared(None, "Value of the metric to train to.  [default: the card's]")
    dataset: str | None = declared(
        None,
        "Data of yours to learn from: criteo@FILE for dlrm-edge (its last tenth is evaluated on), "
        "a training set as .npz for others.",
    )

    def __post_init__(self) -> None:
        if self.seeds < 1 or self.first_seed < 0:
            raise UsageError("`seeds` must be at least 1, `first_seed` at least 0", field="seeds")
        if self.most_evaluations is not None and self.most_evaluations < 1:
            raise UsageError("`most_evaluations` must be at least 1", field="most_evaluations")
        for count, field in ((self.batch, "batch"), (self.threads, "threads")):
            if count is not None and count < 1:
                raise UsageError(f"`{field}` must be at least 1, not {count}", field=field)
        for field, name in (("organization", self.organization), ("system", self.system)):
            if not _NAME.fullmatch(name):
                raise UsageError(f"`{field}`: {name!r} can't be the name of a folder")

    def goal(self, of_card: Goal) -> Goal:
        """Return a card's goal with what was asked for otherwise.

        Raises
        ------
        UsageError
            If the target is none of the card's metric.
        """
        metric = metric_called(of_card.metric)
        if self.target is not None and not 0 < self.target <= metric.highest:
            raise UsageError(
                f"`target` is of {of_card.model}'s {metric.shown_name}: it must be above 0 and at "
                f"most {metric.highest:g}{metric.unit}, not {self.target:g}",
                field="target",
            )
        return replace(
            of_card,
            target=of_card.target if self.target is None else self.target,
            most_evaluations=self.most_evaluations or of_card.most_evaluations,
        )
