"""Training to a target, fine-tuning, and recommendation models of other sizes and places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import given, public
from edgebench.files.folders import data_folder

if TYPE_CHECKING:
    from edgebench.models.recommend.grow import Grown
    from edgebench.sharding.run import Sharded
    from edgebench.training.finetune import FineTuned
    from edgebench.training.siblings.sweep import Reduced
    from edgebench.training.to_quality.session import Trained


@public
def train(
    model: str,
    *,
    seeds: int | None = None,
    first_seed: int | None = None,
    organization: str | None = None,
    system: str | None = None,
    most_evaluations: int | None = None,
    batch: int | None = None,
    threads: int | None = None,
    target: float | None = None,
    dataset: str | Path | None = None,
    power: str | None = None,
    supply_v: float | None = None,
    meter_accuracy: float | None = None,
    out: str | Path | None = None,
    on_event: Callable[[str], None] | None = None,
) -> Trained:
    """Train a model of the zoo to its card's target several times, and score the times.

    Needs the ``[train]`` extra.

    Parameters
    ----------
    seeds, first_seed
        How many runs, each with its own seed, and the first of these.
    organization, system
        Their names in the logs.
    most_evaluations
        After so many a run has not converged; the card says if left out.
    batch, threads
        Samples of an update; TensorFlow's threads.
    target
        Of the card's metric; the card says if left out.
    dataset
        Data of yours to learn from: ``criteo@FILE`` for a recommendation model of Criteo's layout,
        whose last tenth is evaluated on; a training set as .npz for others.
    power, supply_v, meter_accuracy
        A meter that is read meanwhile; as of `record_power`.
    out
        Where the package of logs is made.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    UsageError
        If the model has no target, or can't be trained again, or on no such data.
    DatasetInvalid, DatasetMismatch
        If the data are damaged, or do not fit the model.
    MeterNotFound
        If the meter is not here.
    SutFailed
        If a run fails; the logs of those before are kept.
    """
    from edgebench.power.drivers import parse_place
    from edgebench.training.to_quality.session import train_to_quality
    from edgebench.training.to_quality.timed_runs import TimedRuns

    runs = TimedRuns(
        **given(
            seeds=seeds,
            first_seed=first_seed,
            organization=organization,
            system=system,
            most_evaluations=most_evaluations,
            batch=batch,
            threads=threads,
            target=target,
            dataset=None if dataset is None else str(dataset),
        )
    )
    where = None if out is None else Path(out)
    place = None if power is None else parse_place(power, supply_v, meter_accuracy)[1]
    return train_to_quality(model, runs, **given(out=where, power=place, on_event=on_event))


@public
def fine_tune(
    model: str | Path, dataset: str | Path, *, out: str | Path, seed: int = 1
) -> FineTuned:
    """Train the last layer of a float32 classifier again, on labelled data of your own.

    Parameters
    ----------
    out
        The .tflite that is written.
    seed
        Decides which third of each class is held out.

    Raises
    ------
    ModelNotSupported, DatasetMismatch
        As `edgebench.training.finetune.fine_tune`.
    """
    from edgebench.training.finetune import fine_tune as tune_layer

    return tune_layer(str(model), str(dataset), Path(out), seed)


@public
def reduce(
    model: str,
    *,
    width: float = 1.0,
    resolution: int | None = None,
    prune: float = 0.0,
    qat: bool = False,
    sweep: bool = False,
    training_data: str | Path | None = None,
    epochs: int | None = None,
    out: str | Path = "reduced",
    on_event: Callable[[str], None] | None = None,
) -> Reduced:
    """Train a smaller sibling of a model of the zoo, with a card of its own.

    Needs the ``[train]`` extra.

    Parameters
    ----------
    width, resolution
        Of every layer, times; and of the images.
    prune
        The share of channels that is taken out of the trained model.
    qat
        Whether the last epochs are trained with the rounding of int8.
    sweep
        Several siblings, with a Pareto table and plot, instead of one.
    training_data
        What ``datasets/*/make.py`` writes; made, and kept in the cache, if left out.
    epochs
        Of the first training; the script's own number if left out.
    out
        Where ``models/NAME`` is made: run it by its name with this in ``EDGEBENCH_PATH``.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    UsageError
        If a reduction is not possible for the model, or the training set is not there.
    RuntimeMissing
        If TensorFlow is not installed.
    """
    from edgebench.training.reduction import Reduction
    from edgebench.training.siblings.sweep import reduced

    wanted = Reduction(width=width, resolution=resolution, prune=prune, qat=qat)
    data = None if training_data is None else Path(training_data)
    how = given(epochs=epochs, on_event=on_event)
    return reduced(model, wanted, data, Path(out), sweep=sweep, **how)


@public
def make_larger(
    model: str,
    *,
    rows: int | None = None,
    beyond_cache: bool = False,
    out: str | Path | None = None,
    on_event: Callable[[str], None] | None = None,
) -> Grown:
    """Make a recommendation model of the zoo with more rows per table; it is run by its name.

    Parameters
    ----------
    model
        Its name, or ``NAME:VARIANT`` for one variant only.
    rows
        Of each embedding table.
    beyond_cache
        As many rows and samples as make the lookups touch twice this machine's last-level cache.
        Each variant has a size of its own; the default one if none is named.
    out
        If not where edgebench looks for cards of the user's own.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    UsageError
        If it is no recommendation model, or the size not possible or not given.
    """
    from edgebench.models.recommend.grow import grow, wanted_size

    name, size = wanted_size(model, rows, beyond_cache, **given(on_event=on_event))
    return grow(name, size, data_folder().ready() if out is None else Path(out))


@public
def shard(
    model: str,
    *,
    workers: int | None = None,
    batch: int = 256,
    batches: int = 15,
    dataset: str | Path | None = None,
) -> Sharded:
    """Run a recommendation model with its tables split over several workers.

    The workers are processes of this machine; under ``mpirun`` they are its processes, on whatever
    hosts, and each gets the result. Needs the ``[shard]`` extra.

    Parameters
    ----------
    workers
        How many; by default 2, or as many as ``mpirun`` has started.
    batch, batches
        Samples per batch, of all workers together, and how many batches.
    dataset
        As `run` takes it.

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

    return run_sharded(model, workers, batch, batches, None if dataset is None else str(dataset))
