"""Run a sharded model, on this machine or under ``mpirun``, and compare it with the whole model."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.load import load_dataset
from edgebench.errors import UsageError
from edgebench.models.interpret import outputs_of
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.resolve import resolve_model
from edgebench.sharding.launch import run_workers
from edgebench.sharding.mpi import aborting, join_world, launched_rank, on_all, require_mpi4py
from edgebench.sharding.placement import Placement
from edgebench.sharding.projection import Measured
from edgebench.sharding.worker import PHASES, ShardJob, WorkersFound, dataset_of, work
from edgebench.text.brief import Brief

DEFAULT_WORKERS = 2
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")
NEAR = 1e-5
"""How far two float32 implementations of a sigmoid of sums may be apart."""


@dataclass(frozen=True, repr=False)
class Sharded(Brief):
    """A sharded run.

    Attributes
    ----------
    answers
        Shape (batches * batch,), in the order of the data.
    largest_difference
        From the whole model's answers on LiteRT.
    sent_bytes
        What each worker sent the others, all batches, counted where it was handed to MPI.
    wire_bytes
        What the loopback interface carried meanwhile, other programs' included; None where
        nobody counts, and under ``mpirun``.
    lookup_ns, exchange_ns, mlps_ns
        Median times per batch: of the slowest worker.
    """

    json_properties: ClassVar[tuple[str, ...]] = ("equal",)

    placement: Placement
    batches: int
    answers: NDArray[np.float32]
    largest_difference: float
    sent_bytes: tuple[int, ...]
    wire_bytes: int | None
    lookup_ns: int
    exchange_ns: int
    mlps_ns: int

    @property
    def equal(self) -> bool:
        """Whether the answers are the whole model's."""
        return self.largest_difference <= NEAR

    @property
    def measured(self) -> Measured:
        """The measured times that a projection starts from."""
        return Measured(self.placement, self.lookup_ns, self.mlps_ns)


def run_sharded(
    model: str, workers: int | None, batch: int, batches: int, dataset: str | None = None
) -> Sharded:
    """Run a recommendation model over several workers, and compare its answers.

    Started by itself, it starts the workers as processes of this machine, which meet on its
    loopback interface. Under ``mpirun`` this process is one of the workers, wherever the others
    are; every one of them gets the result.

    Parameters
    ----------
    workers
        How many; None is 2, or as many as ``mpirun`` has started.

    Raises
    ------
    EdgebenchError
        As `edgebench.shard`.
    """
    if batches < 1:
        raise UsageError(
            f"`batches` must be at least 1, not {batches}", field="batches", value=batches
        )
    name = model.partition(":")[0]
    if launched_rank() is not None:
        return _run_as_one_of_many(ShardJob(name, dataset, workers, batch, batches))
    count = DEFAULT_WORKERS if workers is None else workers
    job = ShardJob(name, dataset, count, batch, batches)
    placement = Placement(geometry_of(name), count, batch)
    require_mpi4py()
    expected = _whole_answers(job)
    before = _loopback_bytes()
    found = run_workers(job, count)
    after = _loopback_bytes()
    wire_bytes = None if before is None or after is None else after - before
    return _compared(job, placement, found, expected, wire_bytes)


def _run_as_one_of_many(job: ShardJob) -> Sharded:
    world = join_world()
    with aborting(world):
        found = work(job, world)

        def compared() -> Sharded | None:
            if found is None:
                return None
            placement = Placement(geometry_of(job.model), world.size, job.batch)
            return _compared(job, placement, found, _whole_answers(job), None)

        sharded: Sharded = world.bcast(on_all(world, compared))
        return sharded


def _compared(
    job: ShardJob,
    placement: Placement,
    found: WorkersFound,
    expected: NDArray[np.float32],
    wire_bytes: int | None,
) -> Sharded:
    answers = found.answers.transpose(1, 0, 2).reshape(-1)
    slowest = np.median(found.times_ns, axis=1).max(axis=0)
    times = {f"{phase}_ns": int(ns) for phase, ns in zip(PHASES, slowest, strict=True)}
    return Sharded(
        placement=placement,
        batches=job.batches,
        answers=answers,
        largest_difference=float(np.abs(answers - expected).max()),
        sent_bytes=tuple(map(int, found.sent_bytes)),
        wire_bytes=wire_bytes,
        **times,
    )


def _whole_answers(job: ShardJob) -> NDArray[np.float32]:
    """Return what the whole model answers on LiteRT, in this process."""
    model = resolve_model(f"{job.model}:float32")
    data = load_dataset(dataset_of(job))
    count = job.batch * job.batches
    once = outputs_of(model, (data.sample(index) for index in range(min(count, data.count))))[:, 0]
    return np.resize(once, count)


def _loopback_bytes() -> int | None:
    with suppress(OSError, ValueError):
        return int(LOOPBACK.read_text(encoding="ascii"))
    return None
