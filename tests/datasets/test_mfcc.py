from __future__ import annotations

import runpy
from collections.abc import Callable

import numpy as np
import pytest

from edgebench.errors import DatasetInvalid
from tests.conftest import ROOT

# Next to the script that makes the data set, which is run from its folder.
MODULE = runpy.run_path(str(ROOT / "datasets/kws/mfcc.py"))
MEL_BANDS: int = MODULE["MEL_BANDS"]
mfcc: Callable[[np.ndarray], np.ndarray] = MODULE["mfcc"]


def slow_mfcc(audio: np.ndarray) -> np.ndarray:
    """The recipe written out sum by sum, in float64."""
    frames = []
    for start in range(0, audio.size - 480 + 1, 320):
        window = audio[start : start + 480] * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(480) / 480))
        spectrum = np.abs(np.fft.fft(window, 512)[:257])
        mels = 1127 * np.log(1 + np.arange(257) * 16000 / 512 / 700)
        edges = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 4000 / 700), 42)
        bands = []
        for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
            up, down = (mels - low) / (middle - low), (high - mels) / (high - middle)
            weight = np.clip(np.minimum(up, down), 0, None)
            weight[0] = 0
            bands.append(np.log(spectrum @ weight + 1e-6))
        frames.append(
            [
                sum(
                    b * np.cos(np.pi / MEL_BANDS * (n + 0.5) * k) * np.sqrt(2 / MEL_BANDS)
                    for n, b in enumerate(bands)
                )
                for k in range(10)
            ]
        )
    return np.array(frames)


def test_one_second_gives_49_frames_as_the_recipe_has_it() -> None:
    rng = np.random.default_rng(5)
    time_s = np.arange(16000) / 16000
    audio = (0.3 * np.sin(2 * np.pi * 440 * time_s) + 0.05 * rng.normal(size=16000)).astype("f4")
    features = mfcc(audio)
    assert features.shape == (49, 10)
    assert np.abs(features - slow_mfcc(audio.astype(np.float64))).max() < 2e-4


def test_less_than_a_window_is_refused() -> None:
    with pytest.raises(DatasetInvalid, match="480"):
        mfcc(np.zeros(479, np.float32))
