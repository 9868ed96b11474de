"""One worker of a sharded model: ``python -m edgebench.sharding.worker JOB.json RANK OUT.npz``."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.load import load_dataset
from edgebench.models.recommend.geometry import Geometry
from edgebench.models.recommend.graph import Layer, Weights
from edgebench.models.recommend.grow import geometry_of
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import resolve_model
from edgebench.sharding.placement import Placement

PHASES = ("lookup", "exchange", "mlps")


@dataclass(frozen=True)
class Job:
    """What all workers are told; ``meeting`` is a URL as `torch.distributed` takes it."""

    model: str
    dataset: str
    workers: int
    batch: int
    batches: int
    meeting: str
    timeout_s: float


class ShardedModel:
    """A worker's tables, and both MLPs."""

    def __init__(self, geometry: Geometry, weights: Weights, placement: Placement, rank: int):
        self.placement, self.rank = placement, rank
        self._geometry = geometry
        self._tables = [
            torch.from_numpy(weights.tables[t].copy()) for t in placement.tables_of(rank)
        ]
        self._bottom = [_torch_layer(layer) for layer in weights.bottom]
        self._top = [_torch_layer(layer) for layer in weights.top]
        pairs = torch.tensor(geometry.pairs)
        self._left, self._right = pairs[:, 0], pairs[:, 1]

    def pool(self, rows: NDArray[np.int32]) -> torch.Tensor:
        """Look a whole batch up in the worker's tables; shape (batch, own tables, dim)."""
        own = torch.from_numpy(rows.astype(np.int64))
        bags = [
            torch.nn.functional.embedding_bag(own[:, table], values, mode="sum")
            for table, values in zip(self.placement.tables_of(self.rank), self._tables, strict=True)
        ]
        return torch.stack(bags, 1)

    def exchange(self, pooled: torch.Tensor) -> torch.Tensor:
        """Send every worker the rows of its part; return this one's, shape (part, tables, dim)."""
        place, dim = self.placement, self._geometry.dim
        sizes = [place.block_values(rank) for rank in range(place.workers)]
        received = torch.empty(sum(sizes))
        own = sizes[self.rank]
        torch.distributed.all_to_all_single(
            received, pooled.reshape(-1), sizes, [own] * place.workers
        )
        found = torch.empty(place.part, self._geometry.tables, dim)
        for rank, block in enumerate(torch.split(received, sizes)):
            found[:, list(place.tables_of(rank))] = block.view(place.part, -1, dim)
        return found

    def probabilities(self, dense: torch.Tensor, pooled: torch.Tensor) -> torch.Tensor:
        """Run both MLPs and the interaction on a part; shape (part,)."""
        x = dense
        for weights, bias in self._bottom:
            x = torch.relu(torch.nn.functional.linear(x, weights, bias))
        features = torch.cat([x[:, None], pooled], 1)
        if self._geometry.interaction == "dot":
            products = torch.bmm(features, features.transpose(1, 2))
            y = torch.cat([x, products[:, self._left, self._right]], 1)
        else:
            y = features.flatten(1)
        for number, (weights, bias) in enumerate(self._top):
            y = torch.nn.functional.linear(y, weights, bias)
            y = y if number == len(self._top) - 1 else torch.relu(y)
        return torch.sigmoid(y)[:, 0]


def _torch_layer(layer: Layer) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(layer.weights.copy()), torch.from_numpy(layer.bias.copy())


def work(job: Job, rank: int) -> dict[str, NDArray[Any]]:
    """Join the others, run the batches, and return this worker's answers and times.

    Returns
    -------
    ``answers``, shape (batches, part); ``lookup_ns``, ``exchange_ns``, ``mlps_ns``, shape
    (batches,); ``sent_bytes`` of all batches.
    """
    torch.set_num_threads(1)
    geometry = geometry_of(job.model)
    weights = read_weights(resolve_model(f"{job.model}:float32"), geometry)
    placement = Placement(geometry, job.workers, job.batch)
    model = ShardedModel(geometry, weights, placement, rank)
    dense, rows = _samples(job)
    answers = np.zeros((job.batches, placement.part), np.float32)
    times = {phase: np.zeros(job.batches, np.int64) for phase in PHASES}
    sent = 0
    with torch.no_grad():
        torch.distributed.init_process_group(
            "gloo",
            init_method=job.meeting,
            rank=rank,
            world_size=job.workers,
            timeout=timedelta(seconds=job.timeout_s),
        )
        for number in range(-1, job.batches):  # the first is a rehearsal
            first = max(number, 0) * job.batch
            whole = slice(first, first + job.batch)
            mine = slice(first + rank * placement.part, first + (rank + 1) * placement.part)
            torch.distributed.barrier()
            moments = [now_ns()]
            pooled = model.pool(rows[whole])
            moments.append(now_ns())
            exchanged = model.exchange(pooled)
            moments.append(now_ns())
            found = model.probabilities(torch.from_numpy(dense[mine]), exchanged)
            moments.append(now_ns())
            if number >= 0:
                answers[number] = found.numpy()
                own = pooled.numel() // job.workers * pooled.element_size()
                sent += own * (job.workers - 1)
                for phase, spent in zip(PHASES, np.diff(moments), strict=True):
                    times[phase][number] = spent
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
    return {
        "answers": answers,
        **{f"{phase}_ns": values for phase, values in times.items()},
        "sent_bytes": np.array(sent),
    }


def _samples(job: Job) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    data = load_dataset(job.dataset)
    # Batches go round the data where they are more than it has samples.
    samples = [data.sample(index % data.count) for index in range(job.batch * job.batches)]
    return np.stack([each[0] for each in samples]), np.stack([each[1] for each in samples])


def main() -> None:
    """Run as a process."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    rank, out = int(sys.argv[2]), Path(sys.argv[3])
    np.savez(out, **work(job, rank))


if __name__ == "__main__":
    main()
