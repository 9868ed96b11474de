"""Recordings as the board's card has them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

RATE_HZ = 16_000


def wave(
    samples: np.ndarray, *, channels: int = 2, bits: int = 16, rate_hz: int = RATE_HZ
) -> bytes:
    """Return a wav file: one channel of int16 samples in each of its channels."""
    data = np.repeat(samples.astype("<i2"), channels).tobytes()
    block = channels * bits // 8
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * block, block, bits)
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def clicks(path: Path, seconds: float, at_s: list[float]) -> int:
    """Write a recording that is silent but for single samples; return how many samples it has."""
    samples = np.zeros(round(seconds * RATE_HZ), np.int16)
    for moment in at_s:
        samples[round(moment * RATE_HZ)] = 20_000
    path.write_bytes(wave(samples))
    return len(samples)
