"""One worker of a sharded model: ``mpiexec -n N python -m edgebench.sharding.worker JOB FOLDER``.

Worker 0 leaves what all of them found in the folder; a worker that fails leaves its error there.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.load import load_dataset
from edgebench.errors import EdgebenchError, UsageError
from edgebench.models.recommend.graph import Values
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import resolve_model
from edgebench.sharding.model import ShardedModel
from edgebench.sharding.mpi import join_world, launched_rank, on_all
from edgebench.sharding.placement import Placement
from edgebench.text.json_text import json_text
from edgebench.text.typed_json import structure, unstructure

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

RESULT = "result.npz"
ERROR = "error-{rank}.json"
PHASES = ("lookup", "exchange", "mlps")


@dataclass(frozen=True)
class ShardJob:
    """The job of all workers.

    Attributes
    ----------
    model, dataset
        A recommendation model's name, without a variant, and a click log; None for the model's own.
    workers
        How many workers there are to be; None for as many as ``mpirun`` has started.
    batch, batches
        Samples of all workers together, and how often.
    """

    model: str
    dataset: str | None
    workers: int | None
    batch: int
    batches: int


@dataclass(frozen=True)
class WorkersFound:
    """The workers' findings, one row or value per worker.

    Attributes
    ----------
    answers
        Shape (workers, batches, part).
    times_ns
        Shape (workers, batches, phases): see `PHASES`.
    sent_bytes
        Shape (workers,): what each handed to MPI for the others, all batches.
    """

    answers: Values
    times_ns: NDArray[np.int64]
    sent_bytes: NDArray[np.int64]


@dataclass(frozen=True)
class WorkerError:
    """Why a worker has failed: the class of the error, and its message."""

    kind: str
    text: str


@dataclass(frozen=True)
class _Ready:
    placement: Placement
    model: ShardedModel
    dense: Values
    rows: NDArray[np.int32]


def work(job: ShardJob, world: Intracomm) -> WorkersFound | None:
    """Run the batches with the other workers; return what all found on worker 0, None elsewhere.

    Raises
    ------
    UsageError, SutFailed
        If a worker can't begin: on all of them.
    """
    ready = on_all(world, lambda: _prepare(job, world.rank, world.size))
    place = ready.placement
    answers = np.zeros((job.batches, place.part), np.float32)
    times_ns = np.zeros((job.batches, len(PHASES)), np.int64)
    sent_bytes = 0
    for number in range(-1, job.batches):  # the first is a rehearsal
        first = max(number, 0) * job.batch
        own = first + world.rank * place.part
        world.Barrier()
        moments = [now_ns()]
        pooled = ready.model.pool(ready.rows[first : first + job.batch])
        moments.append(now_ns())
        exchanged = ready.model.in_order(_all_to_all(world, place, pooled))
        moments.append(now_ns())
        found = ready.model.probabilities(ready.dense[own : own + place.part], exchanged)
        moments.append(now_ns())
        if number >= 0:
            answers[number], times_ns[number] = found, np.diff(moments)
            sent_bytes += pooled.nbytes - pooled.nbytes // place.workers
    gathered = world.gather((answers, times_ns, sent_bytes))
    if gathered is None:
        return None
    all_answers, all_times, all_sent = zip(*gathered, strict=True)
    return WorkersFound(np.stack(all_answers), np.stack(all_times), np.array(all_sent))


def _prepare(job: ShardJob, rank: int, size: int) -> _Ready:
    if job.workers not in (None, size):
        raise UsageError(
            f"`workers` is {job.workers}, but mpirun has started {size}; are it and mpi4py of the "
            "same MPI?",
            field="workers",
            value=job.workers,
        )
    geometry = geometry_of(job.model)
    placement = Placement(geometry, size, job.batch)
    weights = read_weights(resolve_model(f"{job.model}:float32"), geometry)
    model = ShardedModel(geometry, weights, placement, rank)
    return _Ready(placement, model, *_samples(job))


def dataset_of(job: ShardJob) -> str:
    """Return the name of the data that a job runs on."""
    card = resolve_model(f"{job.model}:float32").card
    return job.dataset or (card.dataset if card is not None else "")


def _samples(job: ShardJob) -> tuple[Values, NDArray[np.int32]]:
    data = load_dataset(dataset_of(job))
    # Batches start over where they need more samples than the data have.
    samples = [data.sample(index % data.count) for index in range(job.batch * job.batches)]
    return np.stack([each[0] for each in samples]), np.stack([each[1] for each in samples])


def _all_to_all(world: Intracomm, place: Placement, pooled: Values) -> Values:
    """Send every worker the rows of its part, and return what all sent this one."""
    from mpi4py import MPI

    sizes = [place.block_values(rank) for rank in range(place.workers)]
    received = np.empty(sum(sizes), np.float32)
    own = [sizes[world.rank]] * place.workers
    world.Alltoallv([pooled, own, MPI.FLOAT], [received, sizes, MPI.FLOAT])
    return received


def main() -> None:
    """Run as a process of ``mpiexec``."""
    for each in (signal.SIGINT, signal.SIGTERM):
        # Python's own handlers never get their turn while MPI waits.
        signal.signal(each, signal.SIG_DFL)
    job_file, folder = map(Path, sys.argv[1:])
    world: Intracomm | None = None
    try:
        job = structure(ShardJob, json.loads(job_file.read_text(encoding="utf-8")))
        world = join_world()
        found = work(job, world)
        if found is not None:
            np.savez(folder / RESULT, **vars(found))
    except Exception as error:  # the end of the process: whoever started it must learn why
        _leave_error(folder, error)
        if world is None:
            sys.exit(1)
        world.Abort(1)  # the others wait for this one


def _leave_error(folder: Path, error: Exception) -> None:
    kind = type(error).__name__
    text = str(error) if isinstance(error, EdgebenchError) else f"{kind}: {error}"
    path = folder / ERROR.format(rank=launched_rank() or 0)
    path.write_text(json_text(unstructure(WorkerError(kind, text)), None), encoding="utf-8")


if __name__ == "__main__":
    main()
