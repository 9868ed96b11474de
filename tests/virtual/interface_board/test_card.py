"""What is played of a file: the firmware stops with its buffer's last half unsent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.virtual.interface_board.card import BUFFER_BYTES, HALF_BYTES, Card
from tests.virtual.interface_board.waves import wave


def by_the_firmware_s_loop(size: int) -> int:
    """Count halves that are sent until a read finds nothing."""
    read, sent = min(size, BUFFER_BYTES), 0
    more = read
    while more > 0:
        sent += HALF_BYTES
        more = min(HALF_BYTES, size - read)
        read += more
    return min(sent, size)


@pytest.mark.parametrize("samples", [0, 1, 1000, 2047, 2048, 2049, 3071, 3072, 3073, 40_000])
def test_what_is_played(samples: int, tmp_path: Path) -> None:
    values = np.arange(samples) % 30_000 - 15_000
    (tmp_path / "a.wav").write_bytes(wave(values))
    recording = Card(tmp_path).recording("A.WAV")
    assert recording is not None
    assert recording.rate_hz == 16_000
    played = by_the_firmware_s_loop(4 * samples) // 4
    np.testing.assert_array_equal(recording.samples, values[:played])
    assert played >= samples - 1024


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:20],
        lambda data: b"RIFX" + data[4:],
        lambda data: data[:36] + b"LIST" + data[40:],
        lambda data: data[:24] + b"\0\0\0\0" + data[28:],
        lambda data: data[:34] + b"\x18\0" + data[36:],
        lambda data: b"",
    ],
    ids=["short", "kind", "chunk", "rate", "bits", "empty"],
)
def test_what_the_firmware_does_not_know_is_not_played(damage: object, tmp_path: Path) -> None:
    assert callable(damage)
    (tmp_path / "a.wav").write_bytes(damage(wave(np.zeros(4000))))
    assert Card(tmp_path).recording("a.wav") is None
