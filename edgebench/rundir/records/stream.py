"""run.json: audio that was streamed to a model, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgebench.mlperf.scenarios import Pace
from edgebench.rundir.records.base import Record


@dataclass(frozen=True, repr=False)
class FrameTimesRecord(Record):
    """How frames kept up with the stream.

    Attributes
    ----------
    late
        How many of ``frames`` were not answered within the deadline from when their audio was
        there; accelerated, from when they were asked for.
    worst_ns
        The longest that one took, by the same reckoning.
    mean_ns
        What a frame's features and inference take.
    duty_cycle
        That as a share of the time from one frame to the next.
    headroom
        The share of the deadline that is left at the 99th percentile of the latencies; below 0
        where that is later.
    period_variation
        In real time: the longest period less the shortest, as a share of their mean.
    """

    frames: int
    late: int
    worst_ns: int
    mean_ns: int
    duty_cycle: float
    headroom: float
    period_variation: float | None


@dataclass(frozen=True, repr=False)
class DetectionsRecord(Record):
    """The detections of a stream's words.

    The counts are by the stated rule: a word is heard until a second after its end. The official
    runner's own function, whose counts are ``runner_...``, waits for two.
    """

    words: int
    true_positives: int
    false_negatives: int
    false_positives: int
    runner_false_negatives: int
    runner_false_positives: int
    target: float | None
    passed: bool | None


@dataclass(frozen=True, repr=False)
class ActivationsRecord(Record):
    """A device's activations against the model's here, on features in floating point.

    ``largest_steps`` is by how many steps of the output they differ at most.
    """

    frames: int
    equal: int
    largest_steps: int
    runtime: str


@dataclass(frozen=True, repr=False)
class StreamRecord(Record):
    """A recording as a stream of frames.

    Attributes
    ----------
    features_on
        Where the features are made: on the host, a device's times are of the model alone.
    detected_s
        When the model found its word, in s from the first frame.
    answers_sha256
        Of the output bytes of all frames in their order.
    answers_are_equal
        Whether frames that came as a stream and LoadGen's accuracy test had the same answers;
        None where there was one of them only.
    activations
        What a device that made its own features computed, against the model here.
    """

    wav: str
    length_s: float
    frames: int
    hop_ns: int
    deadline_ns: int
    word: str
    threshold: float
    pace: Pace
    features_on: Literal["host", "device"]
    timing: FrameTimesRecord | None = None
    detected_s: tuple[float, ...] = ()
    detections: DetectionsRecord | None = None
    answers_sha256: str = ""
    answers_are_equal: bool | None = None
    activations: ActivationsRecord | None = None
