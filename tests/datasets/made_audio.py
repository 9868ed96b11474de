"""Recordings for tests, with definitions of their words."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from edgebench.mlperf.tiny.stream_test import StreamTest, write_stream_tests

RATE_HZ = 16_000


def write_wav(
    path: Path,
    seconds: float = 2.0,
    *,
    rate_hz: int = RATE_HZ,
    channels: int = 1,
    sample_bytes: int = 2,
    seed: int = 3,
) -> Path:
    """Write noise that comes and goes; every channel but the first is silent."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate_hz)
    swell = 0.02 + 0.3 * np.sin(np.linspace(0, 9, count)) ** 2
    first = (rng.uniform(-1, 1, count) * swell * 32767).astype("<i2")
    audio = np.zeros((count, channels), "<i2")
    audio[:, 0] = first
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(sample_bytes)
        wav.setframerate(rate_hz)
        wav.writeframes(audio.tobytes())
    return path


def write_words(wav: Path, seconds: float, *windows: tuple[float, float]) -> Path:
    """Write the definition of a recording's test into its folder."""
    path = wav.with_suffix(".json")
    write_stream_tests(path, [StreamTest(wav.name, RATE_HZ, seconds, windows)])
    return path
