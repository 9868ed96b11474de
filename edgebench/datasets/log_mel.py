"""MLPerf Tiny's streaming wake word features: 16 kHz audio to frames of 40 log-mel energies.

The recipe is that of the MLPerf Tiny v1.3 reference: pre-emphasis, 64 ms Hamming windows every
32 ms, the power spectrum of 1024 points, 40 mel bands from 0 to 8000 Hz, 10 log10, then -52 to
12 dB as 0 to 1. Source: mlcommons/tiny, benchmark/training/streaming_wakeword, and the reference
firmware next to it, which makes a frame of each 32 ms of audio and the 32 ms before.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.mel import mel_weights

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 1024
HOP_SAMPLES = 512
BANDS = 40
PRE_EMPHASIS = np.float32(1 - 2**-5)
LEAST_POWER = 1e-30
OFFSET_DB, RANGE_DB = 52.0, 64.0
INT8_LOW, INT8_HIGH = -128, 127
BLOCK_FRAMES = 512
"""Windows whose spectra are in memory at a time."""


class LogMelStream:
    """Features of audio that comes in pieces: mono, 16 kHz, -1 to 1.

    A frame is made of each 512 new samples and the 512 before; before the first there is silence.
    The frames after the first are those that the reference trains and evaluates with.
    """

    def __init__(self) -> None:
        self._emphasised = np.zeros(HOP_SAMPLES, dtype=np.float32)
        self._last = np.float32(0.0)

    def push(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take more audio, shape (samples,), and return the frames that it completes.

        Returns
        -------
        Shape (frames, 40); no frame where less than 512 new samples are there.
        """
        piece = np.asarray(audio, dtype=np.float32).ravel()
        if piece.size:
            added = _emphasised(piece, self._last)
            self._emphasised = np.concatenate((self._emphasised, added))
            self._last = piece[-1]
        frames = _frames_of(self._emphasised)
        self._emphasised = self._emphasised[len(frames) * HOP_SAMPLES :]
        return frames


def quantized_frames(
    features: NDArray[np.float32], scale: float, zero_point: int
) -> NDArray[np.int8]:
    """Return features as int8, cut off towards zero as the reference does it.

    The reference model's int8 ends at 0.944, so louder frames are held at 127. The reference's
    conversion wraps them round to negative numbers, which is an accident and no part of its recipe.
    """
    steps = features.astype(np.float32) / np.float32(scale) + np.float32(zero_point)
    held: NDArray[np.int8] = np.clip(np.trunc(steps), INT8_LOW, INT8_HIGH).astype(np.int8)
    return held


def _emphasised(audio: NDArray[np.float32], before: np.float32) -> NDArray[np.float32]:
    shifted = np.concatenate((np.array([before], dtype=np.float32), audio[:-1]))
    emphasised: NDArray[np.float32] = audio - PRE_EMPHASIS * shifted
    return emphasised


def _frames_of(emphasised: NDArray[np.float32]) -> NDArray[np.float32]:
    if emphasised.size < WINDOW_SAMPLES:
        return np.empty((0, BANDS), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(emphasised, WINDOW_SAMPLES)[::HOP_SAMPLES]
    frames = np.empty((len(windows), BANDS), dtype=np.float32)
    for start in range(0, len(windows), BLOCK_FRAMES):
        frames[start : start + BLOCK_FRAMES] = _energies(windows[start : start + BLOCK_FRAMES])
    return frames


def _energies(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    # Older versions of numpy transform in float64 whatever they are given: so do all, here.
    spectra = np.fft.rfft(windows * _hamming_window(), WINDOW_SAMPLES)
    power = (spectra.real**2 + spectra.imag**2) / WINDOW_SAMPLES
    weights = mel_weights(SAMPLE_RATE_HZ, WINDOW_SAMPLES, BANDS, 0.0, SAMPLE_RATE_HZ / 2)
    level_db = 10.0 * np.log10(np.maximum(power @ weights, LEAST_POWER))
    return np.clip((level_db + OFFSET_DB) / RANGE_DB, 0.0, 1.0).astype(np.float32)


@cache
def _hamming_window() -> NDArray[np.float64]:
    # The symmetric window, as the reference has it; np.hamming is that one.
    return np.hamming(WINDOW_SAMPLES)
