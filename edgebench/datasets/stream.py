"""Audio as a stream of frames: what a streaming model is given, frame by frame.

A sample of the dataset is a window: the frames of features that the model looks at, the newest
last. Before the recording begins the window has zeros, quantized ones of a quantized model, as in
MLPerf Tiny's reference firmware.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.audio import Recording, read_wav
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.loaders.untrusted import digest
from edgebench.datasets.log_mel import (
    BANDS,
    HOP_SAMPLES,
    SAMPLE_RATE_HZ,
    LogMelStream,
    quantized_frames,
)
from edgebench.errors import DatasetInvalid, DatasetMismatch
from edgebench.files.refusals import refusal
from edgebench.mlperf.tiny.stream_test import StreamTest, read_stream_tests
from edgebench.text.json_text import JsonDamaged, parse_json

HOP_NS = HOP_SAMPLES * 1_000_000_000 // SAMPLE_RATE_HZ
MOST_JSON_BYTES = 16 << 20
BLOCK_SAMPLES = 100 * HOP_SAMPLES
MOST_LENGTH_ERROR_S = 0.5
DETECTIONS = "detections"
"""The metric of a stream whose words are known: misses and false alarms."""


@dataclass(frozen=True)
class StreamSpec:
    """How a model listens: ``[stream]`` of its card.

    Attributes
    ----------
    word
        What it listens for.
    output
        Which value of its output tells of the word.
    threshold
        It is detected where that value is above this.
    deadline_ms
        How long a frame may take: as long as the next one lets wait for itself.
    features
        The recipe that makes frames of audio: `edgebench.datasets.log_mel`.
    """

    word: str = ""
    output: int = 0
    threshold: float = 0.95
    deadline_ms: float = HOP_NS / 1e6
    features: Literal["log-mel"] = "log-mel"

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what can't be: a field's name, and what is wrong with it."""
        if self.output < 0:
            yield "output", f"must be 0 or more, not {self.output}"
        if not isfinite(self.threshold):
            yield "threshold", f"must be a number such as 0.95, not {self.threshold}"
        if not 0 < self.deadline_ms <= 60_000:
            yield "deadline_ms", f"must be above 0 and at most a minute, not {self.deadline_ms:g}"


@dataclass(frozen=True)
class Grid:
    """The numbers that a quantized model's input can have."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class WindowShape:
    """The input of a streaming model: its shape without the batch, and its numbers.

    ``grid`` is None where the input is float32.
    """

    shape: tuple[int, ...]
    grid: Grid | None

    @property
    def frames(self) -> int:
        """How many frames it looks at."""
        return int(np.prod(self.shape)) // BANDS

    def on_grid(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return features as the values that the model sees of them."""
        if self.grid is None:
            return features
        steps = quantized_frames(features, self.grid.scale, self.grid.zero_point)
        return self._real(steps.astype(np.float32))

    def first(self) -> NDArray[np.float32]:
        """Return the window before the first frame, shape (frames, 40)."""
        zeros = np.zeros((self.frames, BANDS), np.float32)
        return zeros if self.grid is None else self._real(zeros)

    def _real(self, steps: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.grid is None:
            return steps
        values: NDArray[np.float32] = (steps - self.grid.zero_point) * np.float32(self.grid.scale)
        return values


@dataclass(frozen=True)
class AudioStream:
    """A recording that is streamed, and where its words are, if that is known."""

    recording: Recording
    spec: StreamSpec
    window: WindowShape
    test: StreamTest | None

    @property
    def count(self) -> int:
        """How many frames it has."""
        return len(self.recording.samples) // HOP_SAMPLES

    def audio(self, frame: int) -> NDArray[np.float32]:
        """Return the new audio of a frame, shape (512,)."""
        return self.recording.real(frame * HOP_SAMPLES, (frame + 1) * HOP_SAMPLES)


def stream_dataset(path: Path, spec: StreamSpec, window: WindowShape) -> Dataset:
    """Open a recording as the samples of a streaming model.

    Parameters
    ----------
    path
        A WAV file of 16 kHz, or a file with the definition of one streaming test, in the folder
        of its recording. The definition of a WAV file's test may lie in its folder, too.

    Raises
    ------
    DatasetNotFound, DatasetInvalid
        If a file is not there or damaged, or a definition does not fit its recording.
    DatasetMismatch
        If the model takes something other than frames of 40 values.
    """
    if window.frames * BANDS != int(np.prod(window.shape)) or not window.frames:
        raise DatasetMismatch(
            f"the model takes {'x'.join(map(str, window.shape))} values, which are no frames of "
            f"{BANDS} log-mel energies: it is no model for a `stream` of audio",
            field="stream",
        )
    wav, test = _found(path)
    recording = read_wav(wav, SAMPLE_RATE_HZ)
    if test is not None:
        _check_fits(test, recording)
    stream = AudioStream(recording, spec, window, test)
    if not stream.count:
        raise DatasetInvalid(f"{wav}: shorter than one frame of {HOP_NS / 1e6:g} ms")
    frames = _whole(stream)

    def sample(index: int) -> Sample:
        # Frame 0 is the last of the first window.
        return (frames[index + 1 : index + 1 + window.frames].reshape(window.shape),)

    return Dataset(
        name=wav.name,
        count=stream.count,
        sample=sample,
        metric=None if test is None else DETECTIONS,
        sha256=digest(wav),
        source=f"{recording.length_s:.1f} s of audio: {wav}",
        stream=stream,
    )


def _found(path: Path) -> tuple[Path, StreamTest | None]:
    """Return the recording and its test, if there is one."""
    if path.suffix.lower() == ".json":
        tests = read_stream_tests(path)
        if len(tests) != 1:
            raise DatasetInvalid(
                f"{path} has {len(tests)} streaming tests; name the recording of one of them"
            )
        return path.with_name(tests[0].wav_file), tests[0]
    found = [
        (each, test)
        for each in sorted(path.parent.glob("*.json"))
        for test in _tests_of(each)
        if test.wav_file == path.name
    ]
    if len({test for _, test in found}) > 1:
        raise DatasetInvalid(
            f"{path}: its words are stated by {' and '.join(each.name for each, _ in found)}, "
            "otherwise by each; name the definition that counts"
        )
    return path, found[0][1] if found else None


def _tests_of(path: Path) -> tuple[StreamTest, ...]:
    """Return the tests of a file that happens to lie next to a recording; none if it is another's.

    A definition that is damaged is not overlooked. That of another program is no list of tests,
    nor are the official runner's results, which repeat a test below `infer`.

    Raises
    ------
    DatasetInvalid
        If it can't be read, or a test in it is damaged.
    """
    if not path.is_file():
        return ()
    try:
        with path.open("rb") as file:
            text = file.read(MOST_JSON_BYTES)
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error
    if b'"detection_windows"' not in text or _is_other_list(text):
        return ()
    return read_stream_tests(path)


def _is_other_list(text: bytes) -> bool:
    """Return whether it is a list of objects that name no recording of their own."""
    try:
        listed = parse_json(text)
    except JsonDamaged:
        return False
    return isinstance(listed, list) and all(
        isinstance(each, dict) and "wav_file" not in each for each in listed
    )


def _check_fits(test: StreamTest, recording: Recording) -> None:
    if test.sample_rate != recording.rate_hz:
        raise DatasetInvalid(
            f"{recording.path}: its rate is {recording.rate_hz:,} Hz, its test says "
            f"{test.sample_rate:,}"
        )
    if abs(test.length_sec - recording.length_s) > MOST_LENGTH_ERROR_S:
        raise DatasetInvalid(
            f"{recording.path}: it lasts {recording.length_s:.2f} s, its test says "
            f"{test.length_sec:.2f}: is it another recording?"
        )


def _whole(stream: AudioStream) -> NDArray[np.float32]:
    """Return the first window and all frames after it, as the model sees them."""
    live, window = LogMelStream(), stream.window
    parts = [window.first()]
    for begin in range(0, stream.count * HOP_SAMPLES, BLOCK_SAMPLES):
        end = min(begin + BLOCK_SAMPLES, stream.count * HOP_SAMPLES)
        parts.append(window.on_grid(live.push(stream.recording.real(begin, end))))
    return np.concatenate(parts)
