"""Starting the workers of a sharded model, and comparing its answers with the whole model's."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeMissing, SutFailed, UsageError
from edgebench.models.interpret import outputs_of
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.resolve import resolve_model
from edgebench.sharding.placement import Placement
from edgebench.sharding.projection import Measured

START_S = 60.0
BATCH_S = 1.0
"""Besides `START_S`, workers may take this long a batch."""
LOOPBACK = Path("/sys/class/net/lo/statistics/tx_bytes")
NEAR = 1e-5
"""As far as two float32 implementations of a sigmoid of sums may be apart."""


@dataclass(frozen=True)
class Sharded:
    """What a sharded run gave.

    Attributes
    ----------
    answers
        Shape (batches * batch,), in the order of the data.
    largest_difference
        From the whole model's answers on LiteRT.
    sent_bytes
        What each worker sent the others, all batches, counted where it was handed over.
    wire_bytes
        What the loopback interface carried meanwhile, other programs' included; None where
        nobody counts.
    lookup_ns, exchange_ns, mlps_ns
        Median times a batch: of the slowest worker.
    """

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
        """What a projection starts from."""
        return Measured(self.placement, self.lookup_ns, self.mlps_ns)


@dataclass(frozen=True)
class Rank:
    """What one worker of several hosts can tell: of its own part of every batch."""

    rank: int
    largest_difference: float
    sent_bytes: int
    median_ns: dict[str, int]


def run_sharded(
    model: str, workers: int, batch: int, batches: int, dataset: str | None = None
) -> Sharded:
    """Run a recommendation model over several processes of this machine, on its loopback.

    Raises
    ------
    UsageError
        If the model is none, or can't be split so.
    RuntimeMissing
        If PyTorch is not installed.
    SutFailed
        If a worker fails or does not come to its end in time.
    """
    name = model.partition(":")[0]
    placement = _checked(name, workers, batch, batches)
    data = dataset or _own_data(name)
    expected = _whole_answers(resolve_model(f"{name}:float32"), data, batch * batches)
    with tempfile.TemporaryDirectory(prefix="edgebench-shard-") as folder:
        place = Path(folder)
        before = _wire_bytes()
        results = _run_workers(place, name, data, placement, batches)
        after = _wire_bytes()
    answers = np.concatenate([each["answers"] for each in results], axis=1).reshape(-1)
    slowest = {
        phase: max(int(np.median(each[f"{phase}_ns"])) for each in results)
        for phase in ("lookup", "exchange", "mlps")
    }
    return Sharded(
        placement=placement,
        batches=batches,
        answers=answers,
        largest_difference=float(np.abs(answers - expected).max()),
        sent_bytes=tuple(int(each["sent_bytes"]) for each in results),
        wire_bytes=None if before is None or after is None else after - before,
        lookup_ns=slowest["lookup"],
        exchange_ns=slowest["exchange"],
        mlps_ns=slowest["mlps"],
    )


def run_rank(
    model: str,
    rank: int,
    workers: int,
    batch: int,
    batches: int,
    meeting: str,
    dataset: str | None = None,
) -> Rank:
    """Run one worker here, the others on other hosts; each calls this with its own rank.

    Parameters
    ----------
    meeting
        Where worker 0 listens for the others: ``tcp://HOST:PORT``. The channel has neither
        encryption nor authentication: for a network of your own.

    Raises
    ------
    UsageError, RuntimeMissing
        As `run_sharded`.
    SutFailed
        If the others can't be met, or go away.
    """
    name = model.partition(":")[0]
    placement = _checked(name, workers, batch, batches)
    if not 0 <= rank < workers or not meeting.startswith("tcp://"):
        raise UsageError("--meeting is tcp://HOST:PORT, --rank a number from 0 to below --workers")
    from edgebench.sharding.worker import Job, work

    data = dataset or _own_data(name)
    expected = _whole_answers(resolve_model(f"{name}:float32"), data, batch * batches)
    try:
        found = work(Job(name, data, workers, batch, batches, meeting, START_S), rank)
    except (RuntimeError, ValueError) as error:
        raise SutFailed(f"worker {rank} at {meeting}: {str(error).splitlines()[0]}") from error
    own = expected.reshape(batches, workers, placement.part)[:, rank]
    times = {name: values for name, values in found.items() if name.endswith("_ns")}
    return Rank(
        rank=rank,
        largest_difference=float(np.abs(found["answers"] - own).max()),
        sent_bytes=int(found["sent_bytes"]),
        median_ns={name.removesuffix("_ns"): int(np.median(each)) for name, each in times.items()},
    )


def _checked(model: str, workers: int, batch: int, batches: int) -> Placement:
    placement = Placement(geometry_of(model), workers, batch)
    if batches < 1:
        raise UsageError(f"--batches must be at least 1, not {batches}")
    if find_spec("torch") is None:
        raise RuntimeMissing("sharding needs PyTorch: `pip install 'edgebench[shard]'`")
    return placement


def _own_data(model: str) -> str:
    card = resolve_model(f"{model}:float32").card
    return card.dataset if card is not None else ""


def _whole_answers(model: Any, dataset: str, count: int) -> NDArray[np.float32]:
    data = load_dataset(dataset)
    once = outputs_of(model, (data.sample(index) for index in range(min(count, data.count))))[:, 0]
    return np.resize(once, count)


def _wire_bytes() -> int | None:
    with suppress(OSError, ValueError):
        return int(LOOPBACK.read_text(encoding="ascii"))
    return None


def _run_workers(
    folder: Path, model: str, dataset: str, placement: Placement, batches: int
) -> list[dict[str, NDArray[Any]]]:
    from edgebench.sharding.worker import Job

    deadline_s = START_S + BATCH_S * batches
    # A meeting in a file needs no port; gloo's own connections stay on the loopback.
    meeting = f"file://{folder / 'meeting'}"
    job = Job(model, dataset, placement.workers, placement.batch, batches, meeting, START_S)
    (folder / "job.json").write_text(json.dumps(dataclasses.asdict(job)), encoding="utf-8")
    outs = [folder / f"{rank}.npz" for rank in range(placement.workers)]
    processes: list[subprocess.Popen[bytes]] = []
    logs: list[IO[bytes]] = []
    try:
        for rank, out in enumerate(outs):
            logs.append((folder / f"{rank}.log").open("wb"))
            processes.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "edgebench.sharding.worker",
                        str(folder / "job.json"),
                        str(rank),
                        str(out),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=logs[-1],
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "GLOO_SOCKET_IFNAME": "lo"},
                )
            )
        _wait(processes, folder, deadline_s)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for log in logs:
            log.close()
    results = []
    for out in outs:
        with np.load(out) as found:
            results.append(dict(found))
    return results


def _wait(processes: Sequence[subprocess.Popen[bytes]], folder: Path, deadline_s: float) -> None:
    """Wait for all workers; one that fails ends the others, which would wait for it."""
    end = time.monotonic() + deadline_s
    while any(process.poll() is None for process in processes):
        failed = [rank for rank, process in enumerate(processes) if process.poll()]
        if failed:
            break
        if time.monotonic() > end:
            raise SutFailed(f"the workers did not come to an end in {deadline_s:.0f} s")
        time.sleep(0.05)
    for rank, process in enumerate(processes):
        if process.poll():
            log = (folder / f"{rank}.log").read_text(encoding="utf-8", errors="replace")
            last = next((line for line in reversed(log.splitlines()) if line.strip()), "")
            code = process.returncode
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise SutFailed(f"worker {rank} has ended ({why}): {last[:200] or 'it said nothing'}")
