"""A system that is fed with a stream: each query is the next frame, whatever its sample.

LoadGen picks samples at random, a stream has an order. The lane takes the audio of the next frame,
makes the features, moves the window on and runs the model: all of that is a frame's latency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import sleep
from typing import Any

from numpy.typing import NDArray

from edgebench.clock import HOST_CLOCK, now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Sample
from edgebench.datasets.log_mel import LogMelStream
from edgebench.datasets.stream import AudioStream
from edgebench.rundir.records.sut import SutDescription
from edgebench.sut.contract import Inference, Lane, SystemUnderTest

LONGEST_SLEEP_S = 0.05
"""Between two looks at whether the test was stopped."""


class FrameTimes:
    """When frames began and ended, and how many were late.

    Parameters
    ----------
    deadline_ns
        How long a frame may take from when its audio is there.
    period_ns
        In real time, how far the frames are apart; None: each frame's audio is there when it
        is asked for.
    """

    def __init__(self, deadline_ns: int, period_ns: int | None) -> None:
        self.deadline_ns, self.period_ns = deadline_ns, period_ns
        self.count = self.late = self.worst_ns = self.total_ns = 0
        self.shortest_period_ns = self.longest_period_ns = 0
        self._origin_ns = self._last_ns = 0

    @property
    def next_due_ns(self) -> int:
        """When the audio of the next frame is there, by the host's clock."""
        return self._origin_ns + self.count * (self.period_ns or 0)

    @property
    def period_variation(self) -> float | None:
        """The longest time from one frame's beginning to the next, less the shortest, by the mean.

        None where frames have no period.
        """
        periods = self.count - 1
        if self.period_ns is None or periods < 1:
            return None
        mean_ns = (self._last_ns - self._origin_ns) / periods
        return (self.longest_period_ns - self.shortest_period_ns) / mean_ns

    def add(self, started_ns: int, ended_ns: int) -> None:
        """Count a frame."""
        if not self.count:
            self._origin_ns = started_ns
        else:
            period_ns = started_ns - self._last_ns
            shortest_ns = self.shortest_period_ns or period_ns
            self.shortest_period_ns = min(shortest_ns, period_ns)
            self.longest_period_ns = max(self.longest_period_ns, period_ns)
        due_ns = started_ns if self.period_ns is None else self.next_due_ns
        took_ns = ended_ns - due_ns
        self._last_ns = started_ns
        self.count += 1
        self.late += took_ns > self.deadline_ns
        self.worst_ns = max(self.worst_ns, took_ns)
        self.total_ns += ended_ns - started_ns

    def wait(self, is_stopped: Callable[[], bool]) -> None:
        """Wait until the audio of the next frame is there; not at all where nothing is paced."""
        if self.period_ns is None:
            return
        while not is_stopped() and (left_ns := self.next_due_ns - now_ns()) > 0:
            sleep(min(left_ns / 1e9, LONGEST_SLEEP_S))


class StreamLane:
    """Frames in their order, from the beginning again after the last; see `Lane`.

    Attributes
    ----------
    answers
        The output bytes of each frame, of the first time through.
    """

    def __init__(self, sut: SystemUnderTest, stream: AudioStream, times: FrameTimes) -> None:
        self._sut, self._stream, self._times = sut, stream, times
        self._lane = sut.lanes[0]
        self._by_host = sut.description.clock == HOST_CLOCK
        self._at = 0
        self.answers: list[bytes] = []
        self._begin()

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run the next frame."""
        started_ns = now_ns()
        stream, window = self._stream, self._window
        if self._at == stream.count:
            self._begin()
        frame = self._features.push(stream.audio(self._at))
        window[:-1] = window[1:]
        window[-1:] = stream.window.on_grid(frame)
        # A device keeps in a slot what it was given before.
        self._sut.unload((0,))
        self._sut.load({0: (window.reshape(stream.window.shape),)})
        inference = self._lane.infer((0,))
        if self._by_host:
            inference.invoke_ns = now_ns() - started_ns
        # A device's own time: the line to it carries windows, no audio.
        self._times.add(started_ns, started_ns + inference.invoke_ns)
        self._keep(inference)
        self._at += 1
        return inference

    @property
    def is_heard(self) -> bool:
        """Whether every frame has been answered."""
        return len(self.answers) == self._stream.count

    def _begin(self) -> None:
        self._at = 0
        self._features = LogMelStream()
        self._window = self._stream.window.first()

    def _keep(self, inference: Inference) -> None:
        if not self.is_heard:
            self.answers.append(inference.outputs.reshape(-1)[: inference.stride].tobytes())


class StreamSut(CloseOnExit):
    """A system under test that is fed with a stream, on one that is open and stays so."""

    def __init__(self, sut: SystemUnderTest, stream: AudioStream, times: FrameTimes) -> None:
        self._sut = sut
        self.lane = StreamLane(sut, stream, times)
        self.lanes: Sequence[Lane] = (self.lane,)

    @property
    def description(self) -> SutDescription:
        """The description of the system itself."""
        return self._sut.description

    def close(self) -> None:
        """Let go of the last window."""
        self._sut.unload([0])

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Do nothing: the audio is the samples."""

    def unload(self, indices: Sequence[int]) -> None:
        """Do nothing."""

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run the next frame."""
        return self.lane.infer(indices)

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn a frame's output bytes into real values."""
        return self._sut.decode(output)
