"""Triangular filters on the HTK mel scale, as TensorFlow makes them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def mel_weights(
    sample_rate_hz: int, fft_points: int, bands: int, low_hz: float, high_hz: float
) -> NDArray[np.float32]:
    """Return what each bin of a spectrum weighs in each band; the DC bin has no weight.

    Returns
    -------
    Shape (fft_points / 2 + 1, bands).
    """

    def mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = 1127.0 * np.log1p(hz / 700.0)
        return scaled

    bins = mel(np.linspace(0.0, sample_rate_hz / 2, fft_points // 2 + 1))[:, None]
    low, high = mel(np.array([low_hz, high_hz]))
    edges = np.linspace(low, high, bands + 2)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights: NDArray[np.float32] = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    weights[0] = 0.0
    weights.flags.writeable = False
    return weights
