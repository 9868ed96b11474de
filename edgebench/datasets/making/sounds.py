"""Read WAV files at the length that a model takes, as samples or as log-mel features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.audio import read_wav
from edgebench.datasets.log_mel import SAMPLE_RATE_HZ, LogMelStream
from edgebench.errors import UsageError

Features = Literal["raw", "log-mel"]
"""Samples of -1 to 1, or MLPerf Tiny's 40 log-mel energies per 32 ms."""
MOST_VALUES = 100_000_000
"""Of a sample: an hour and more at any rate that is usual."""
ENDINGS = frozenset({".wav", ".wave"})


@dataclass(frozen=True)
class Sound:
    """One sample: ``cut_s`` were left out at its end, or ``added_s`` of silence were added."""

    values: NDArray[np.float32]
    rate_hz: int
    cut_s: float = 0.0
    added_s: float = 0.0


def needed_rate_hz(features: Features, rate_hz: int | None) -> int | None:
    """Return the rate that all files must have; None: that of the first one.

    Raises
    ------
    UsageError
        If the features are of another rate.
    """
    if features != "log-mel":
        return rate_hz
    if rate_hz not in (None, SAMPLE_RATE_HZ):
        raise UsageError(
            f"log-mel features are of audio at {SAMPLE_RATE_HZ:,} Hz; `rate_hz` is {rate_hz:,}",
            field="rate_hz",
        )
    return SAMPLE_RATE_HZ


def read_sound(path: Path, rate_hz: int | None, length_s: float, features: Features) -> Sound:
    """Read a WAV file of 16-bit PCM, its first channel, at a length.

    Raises
    ------
    DatasetInvalid
        If it can't be read, or has another rate.
    UsageError
        If so long a sample has too many values.
    """
    recording = read_wav(path, rate_hz)
    if length_s * recording.rate_hz > MOST_VALUES:
        raise UsageError(
            f"`length_s` is {length_s:g}, at {recording.rate_hz:,} Hz more than {MOST_VALUES:,} "
            "values per sample",
            field="length_s",
        )
    wanted, there = round(length_s * recording.rate_hz), len(recording.samples)
    audio = np.zeros(wanted, np.float32)
    taken = min(wanted, there)
    audio[:taken] = recording.real(0, taken)
    return Sound(
        _FEATURES[features](audio),
        recording.rate_hz,
        cut_s=max(0, there - wanted) / recording.rate_hz,
        added_s=max(0, wanted - there) / recording.rate_hz,
    )


def _raw(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    return audio


def _log_mel(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the frames that the reference trains with: all but the first, which begins before."""
    return LogMelStream().push(audio)[1:]


_FEATURES: Mapping[Features, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "raw": _raw,
    "log-mel": _log_mel,
}
