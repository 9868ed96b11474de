"""MLPerf Tiny's keyword-spotting features: 16 kHz audio to 49 x 10 MFCCs, in numpy.

The recipe (window, stride, mel bands, DCT) is that of the MLPerf Tiny v1.x keyword-spotting
reference: 30 ms windows every 20 ms, 512-point FFT, 40 mel bands from 20 to 4000 Hz, natural
log, orthonormal-like DCT-II, the first 10 coefficients.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.mel import mel_weights
from edgebench.errors import DatasetInvalid

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 480
STRIDE_SAMPLES = 320
FFT_POINTS = 512
MEL_BANDS = 40
MEL_LOW_HZ = 20.0
MEL_HIGH_HZ = 4000.0
COEFFICIENTS = 10
LOG_FLOOR = 1e-6


def mfcc(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the MFCCs of mono audio.

    Parameters
    ----------
    audio
        Shape (samples,), 16 kHz, about -1 to 1. One second (16000 samples) gives 49 frames.

    Returns
    -------
    Shape (frames, 10), float32.

    Raises
    ------
    DatasetInvalid
        If there is less than one window of audio.
    """
    signal = np.asarray(audio, dtype=np.float32).ravel()
    if signal.size < WINDOW_SAMPLES:
        raise DatasetInvalid(
            f"MFCCs need at least {WINDOW_SAMPLES} samples (30 ms at 16 kHz), got {signal.size}"
        )
    frames = np.lib.stride_tricks.sliding_window_view(signal, WINDOW_SAMPLES)[::STRIDE_SAMPLES]
    magnitude = np.abs(np.fft.rfft(frames * _hann_window(), FFT_POINTS)).astype(np.float32)
    weights = mel_weights(SAMPLE_RATE_HZ, FFT_POINTS, MEL_BANDS, MEL_LOW_HZ, MEL_HIGH_HZ)
    log_mel = np.log(magnitude @ weights + np.float32(LOG_FLOOR))
    coefficients: NDArray[np.float32] = (log_mel @ _dct_weights()).astype(np.float32)
    return coefficients


@cache
def _hann_window() -> NDArray[np.float32]:
    # The periodic Hann window, as an STFT wants it, not the symmetric one of np.hanning.
    phase = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    window: NDArray[np.float32] = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
    return window


@cache
def _dct_weights() -> NDArray[np.float32]:
    """DCT-II scaled by sqrt(2 / bands), HTK's way, shape (40, 10)."""
    band = np.arange(MEL_BANDS)[:, None] + 0.5
    coefficient = np.arange(COEFFICIENTS)[None, :]
    cosines = np.cos(np.pi * band * coefficient / MEL_BANDS)
    basis: NDArray[np.float32] = (cosines * np.sqrt(2.0 / MEL_BANDS)).astype(np.float32)
    return basis
