"""The contract between a system under test and the harness that drives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.rundir.records.sut import SutDescription

AHEAD = 2
"""So many pieces a `LaneAhead` has at most: the one it runs and the one it runs next."""


class Inference:
    """The outputs of one `Lane.infer`, valid until the lane's next one (or `LaneAhead.send`).

    A lane uses the same objects for ever, so that nothing is allocated where time is taken.

    Attributes
    ----------
    outputs
        Shape (at least as many as were asked for, bytes of one sample's outputs), uint8.
    address
        Where ``outputs`` lies in memory.
    stride
        From one sample's outputs to the next, in bytes.
    invoke_ns
        What the lane's own clock says the inferences themselves took, all together.
    """

    __slots__ = ("address", "invoke_ns", "outputs", "stride")

    def __init__(self, outputs: NDArray[np.uint8]) -> None:
        self.invoke_ns = 0
        self.rebind(outputs)

    def rebind(self, outputs: NDArray[np.uint8]) -> None:
        """Say where the outputs lie: C-contiguous memory that outlives the lane's use."""
        self.outputs = outputs
        self.stride = outputs.shape[1]
        self.address: int = outputs.__array_interface__["data"][0]


class Lane(Protocol):
    """One of a system's instances; used by one thread at a time, while others use other lanes."""

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples and return their outputs."""


@runtime_checkable
class LaneAhead(Lane, Protocol):
    """A lane that can be given its next samples while it still runs others.

    One that works elsewhere (in a process of its own) need not wait for its answers to be dealt
    with. `infer` is `send` and `receive`.
    """

    def send(self, indices: Sequence[int]) -> None:
        """Have loaded samples run after what was sent before: `AHEAD` pieces at most."""

    def receive(self) -> Inference:
        """Return the outputs of what was sent first and is not received yet."""


class SystemUnderTest(AbstractContextManager["SystemUnderTest", None], Protocol):
    """A context manager; opened once, used by one harness."""

    @property
    def description(self) -> SutDescription:
        """Its description as it was opened."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """Its instances, one at least."""

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Hold samples ready for every lane: LoadGen's LoadSamplesToRam."""

    def unload(self, indices: Sequence[int]) -> None:
        """Let samples go."""

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples on the first lane."""

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn one sample's output bytes into real values, an array an output tensor.

        Raises
        ------
        SutFailed
            If there are not as many bytes as a sample's outputs have.
        """
