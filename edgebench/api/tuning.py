"""Find the best settings of this machine for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import public, text_of
from edgebench.api.shape import shapes_by_name
from edgebench.harness.progress import Progress
from edgebench.harness.request import request_of

if TYPE_CHECKING:
    from edgebench.tuning.objective import ObjectiveName
    from edgebench.tuning.result import Tuning


@public
def tune(
    model: str | Path | None = None,
    *,
    objective: ObjectiveName = "throughput",
    budget_s: float = 60.0,
    runtime: str | None = None,
    dataset: str | Path | None = None,
    signature: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
    latency_bound_ms: float | None = None,
    power: str | None = None,
    supply_v: float | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Find the best settings of this machine for a model, and keep them for ``run(tuned=True)``.

    Parameters
    ----------
    model, dataset, signature, shape
        As `run` takes them.
    objective
        ``latency``, ``throughput``, ``energy`` or ``latency-bounded-throughput``.
    budget_s
        How long it may take, contended trials included.
    runtime
        Only this one; all that are installed if left out.
    latency_bound_ms
        For ``latency-bounded-throughput``: what 99 % of latencies must hold.
    power, supply_v
        For ``energy``: the meter, as `run` takes it.
    progress
        Called with the share done.

    Raises
    ------
    UsageError
        If the objective lacks what it needs, or nothing can run the model.
    """
    from edgebench.tuning.objective import objective_called
    from edgebench.tuning.result import Tuning
    from edgebench.tuning.store import keep, tuned_folder
    from edgebench.tuning.tune import tune as tune_model

    request = request_of(
        model=text_of(model),
        scenarios=(objective_called(objective).scenario,),
        runtime=runtime,
        dataset=text_of(dataset),
        signature=signature,
        shape=shapes_by_name(shape),
        latency_bound_ms=latency_bound_ms,
        power=power,
        supply_v=supply_v,
    )
    tuned_folder().ready()
    found = tune_model(request, objective, budget_s, progress)
    return Tuning(found, keep(found))
