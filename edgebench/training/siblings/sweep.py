"""Smaller siblings of a model next to the zoo's own, and what a sweep of them writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.text.brief import Brief
from edgebench.training.reduction import Reduction
from edgebench.training.siblings.pareto import plot, to_csv
from edgebench.training.siblings.reduce import Sibling, reduce_model, reference_siblings


@dataclass(frozen=True, repr=False)
class Reduced(Brief):
    """The models that `edgebench.reduce` made.

    Attributes
    ----------
    siblings
        The models that were trained, each in ``folder/models/NAME``.
    reference
        The zoo's own versions, measured in the same way; empty of a sweep, which trains one.
    table, plot
        A sweep's CSV with the Pareto fronts, and its plot.
    """

    folder: Path
    siblings: tuple[Sibling, ...]
    reference: tuple[Sibling, ...] = ()
    table: Path | None = None
    plot: Path | None = None


def reduced(
    model: str,
    wanted: Reduction,
    training_data: Path | None,
    out: Path,
    *,
    sweep: bool = False,
    epochs: int | None = None,
    on_event: OnEvent = ignore,
) -> Reduced:
    """Train one sibling of a model, or a sweep's with a table and a plot.

    Raises
    ------
    UsageError, RuntimeMissing
        As `edgebench.training.siblings.reduce.reduce_model`; or if a sweep is asked for a size of
        its own.
    """
    if not sweep:
        made = reduce_model(model, (wanted,), training_data, out, epochs=epochs, on_event=on_event)
        return Reduced(out, tuple(made), tuple(reference_siblings(model)))
    if wanted != Reduction():
        raise UsageError(
            "`sweep` has widths and prunings of its own: leave the others out", field="sweep"
        )
    made = reduce_model(model, (), training_data, out, epochs=epochs, on_event=on_event)
    table = out / f"{model}-pareto.csv"
    drawn = table.with_suffix(".svg")
    with disk_errors(out):
        write_text(table, to_csv(made))
        plot(made, drawn, f"{model}: accuracy against cost")
    return Reduced(out, tuple(made), table=table, plot=drawn)
