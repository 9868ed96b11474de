"""Systems under test as a third party would write them: honest ones and cheats."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import HOST_CLOCK
from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Sample
from edgebench.models.resolve import Model
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import Inference

Answer = Callable[[int, int], float]
"""From a sample's index and how many were run before it, to how long it takes, in seconds."""


class MadeLane:
    """Answers each sample with its own index, after as long as it is made to take.

    ``says_ns`` is what it says a sample has taken; None says what it did take, with the time in
    which the machine was busy with others.
    """

    def __init__(
        self, takes: Answer, answers: Callable[[int, int], int], says_ns: int | None
    ) -> None:
        self._takes, self._answers, self._says_ns = takes, answers, says_ns
        self._inference = Inference(np.zeros((64, 8), np.uint8))
        self.runs = self.since_load = 0

    def infer(self, indices: Sequence[int]) -> Inference:
        """Answer samples."""
        if len(indices) > len(self._inference.outputs):
            self._inference.rebind(np.zeros((len(indices), 8), np.uint8))
        started = time.perf_counter_ns()
        for place, index in enumerate(indices):
            end = time.perf_counter() + self._takes(index, self.runs)
            while time.perf_counter() < end:
                pass
            answer = self._answers(index, self.since_load)
            self._inference.outputs[place].view(np.int64)[0] = answer
            self.runs += 1
            self.since_load += 1
        took_ns = time.perf_counter_ns() - started
        said_ns = None if self._says_ns is None else self._says_ns * len(indices)
        self._inference.invoke_ns = took_ns if said_ns is None else said_ns
        return self._inference


class MadeSut(CloseOnExit):
    """A system whose lanes are made up."""

    def __init__(
        self,
        takes: Answer,
        answers: Callable[[int, int], int] | None = None,
        says_ns: int | None = None,
    ) -> None:
        self.lanes = [MadeLane(takes, answers or (lambda index, _: index), says_ns)]
        self.loaded: set[int] = set()
        self.loads = 0
        self.closed = False
        self.description = SutDescription(
            name="made",
            runtime="made",
            runtime_version="1",
            settings=RuntimeSettings(instance_kind="threads"),
            delegates=(),
            clock=HOST_CLOCK,
        )

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Remember what is loaded."""
        self.loads += not self.loaded
        self.lanes[0].since_load = 0
        self.loaded |= set(samples)

    def unload(self, indices: Sequence[int]) -> None:
        """Forget it."""
        self.loaded -= set(indices)

    def infer(self, indices: Sequence[int]) -> Inference:
        """Answer on the only lane."""
        return self.lanes[0].infer(indices)

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Return scores with the answer highest."""
        scores = np.zeros(12, np.float32)
        scores[int(np.frombuffer(output, np.int64)[0]) % 12] = 1
        return (scores,)


def factory(sut: MadeSut) -> Callable[[Model, RuntimeSettings], Any]:
    """Return what `run_request` opens a system with."""
    return lambda model, options: sut
