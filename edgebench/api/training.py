"""Training to a target, fine-tuning, and recommendation models of other sizes and places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.files.folders import data_folder

if TYPE_CHECKING:
    from edgebench.models.recommend.grow import Grown
    from edgebench.sharding.run import Sharded
    from edgebench.training.finetune import FineTuned
    from edgebench.training.to_quality.session import Trained


def train(model: str, *, told: Callable[[str], None] = lambda _: None, **options: Any) -> Trained:
    """Train a model of the zoo to its card's target several times, and score the times.

    The options are those of `edgebench.training.to_quality.session.train_to_quality`: ``seeds``,
    ``first_seed``, ``organization``, ``system``, ``most_evaluations``, ``out``. Needs the
    ``[train]`` extra.

    Raises
    ------
    UsageError
        If the model has no target, or can't be trained anew.
    SutFailed
        If a run fails; the logs of those before are kept.
    """
    from edgebench.training.to_quality.session import train_to_quality

    return train_to_quality(model, told=told, **options)


def fine_tune(model: str, dataset: str | Path, out: str | Path, seed: int = 1) -> FineTuned:
    """Learn a float32 classifier's last layer anew on labelled data of one's own.

    Raises
    ------
    ModelNotSupported, DatasetMismatch
        As `edgebench.training.finetune.fine_tune`.
    """
    from edgebench.training.finetune import fine_tune as tune_layer

    return tune_layer(model, str(dataset), Path(out), seed)


def make_larger(model: str, rows: int, out: str | Path | None = None) -> Grown:
    """Make a recommendation model of the zoo with more rows a table; it is run by its name.

    Parameters
    ----------
    out
        If not where edgebench looks for cards of the user's own.

    Raises
    ------
    UsageError
        If it is no recommendation model, or the size not possible.
    """
    from edgebench.models.recommend.grow import grow

    return grow(model, rows, data_folder().ready() if out is None else Path(out))


def shard(
    model: str,
    workers: int | None = None,
    batch: int = 256,
    batches: int = 15,
    dataset: str | None = None,
) -> Sharded:
    """Run a recommendation model with its tables split over several workers.

    The workers are processes of this machine; under ``mpirun`` they are its processes, on whatever
    hosts, and each gets the result. Needs the ``[shard]`` extra.

    Parameters
    ----------
    workers
        How many; by default 2, or as many as ``mpirun`` has started.

    Raises
    ------
    UsageError
        If the model is none, or can't be split so.
    RuntimeMissing
        If MPI is not installed.
    SutFailed
        If a worker fails.
    """
    from edgebench.sharding.run import run_sharded

    return run_sharded(model, workers, batch, batches, dataset)
