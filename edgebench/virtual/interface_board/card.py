"""The board's SD card: a folder of recordings, read as the firmware reads them.

The firmware knows only the plainest of wav files: 16 bytes of format, the samples at once behind
it, two channels. Whatever follows the header is played, but for the last part of a buffer: it stops
when there is nothing more to read, while the buffer's second half is still to be sent.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADER = struct.Struct("<4sI8sIHHIIHH4sI")
BUFFER_BYTES = 8192
HALF_BYTES = BUFFER_BYTES // 2
CHANNELS, BITS = 2, 16
MOST_RATE_HZ = 192_000


@dataclass(frozen=True)
class Recording:
    """The device's sound: its left channel, shape (samples,), int16, and samples per second."""

    samples: NDArray[np.int16]
    rate_hz: int


class Card:
    """A folder as the card's only one; names are as in FAT, where case does not matter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the files' names."""
        found = (each for each in self._folder.iterdir() if each.is_file())
        return sorted(each.name for each in found if not each.name.startswith("."))

    def recording(self, name: str) -> Recording | None:
        """Return what is played of a file; None for what the board can't play."""
        path = next((each for each in self.names() if each.lower() == name.lower()), None)
        return None if path is None else _read((self._folder / path).read_bytes())


def _read(data: bytes) -> Recording | None:
    if len(data) < HEADER.size:
        return None
    riff, _, kind, _, _, channels, rate_hz, _, _, bits, what, _ = HEADER.unpack_from(data)
    is_plain = (riff, kind, what) == (b"RIFF", b"WAVEfmt ", b"data")
    # Words of other sizes go over the wire to a device that expects 16 bits.
    if not is_plain or (channels, bits) != (CHANNELS, BITS) or not 0 < rate_hz <= MOST_RATE_HZ:
        return None
    played = data[HEADER.size : HEADER.size + _played_bytes(len(data) - HEADER.size)]
    whole = len(played) // (CHANNELS * BITS // 8) * CHANNELS
    return Recording(np.frombuffer(played, "<i2", whole)[::CHANNELS], rate_hz)


def _played_bytes(size: int) -> int:
    """Return how much has been sent when there is nothing more to read."""
    halves = max(0, -(-(size - BUFFER_BYTES) // HALF_BYTES)) + 1
    return min(size, halves * HALF_BYTES)
