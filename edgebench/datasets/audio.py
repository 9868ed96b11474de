"""Read recordings: 16-bit WAV files, of several channels the first."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetInvalid, DatasetNotFound
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file

BLOCK_FRAMES = 1 << 18
FULL_SCALE = np.float32(32768.0)


@dataclass(frozen=True)
class Recording:
    """Mono audio, shape (samples,), as 16-bit integers."""

    path: Path
    rate_hz: int
    samples: NDArray[np.int16]

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate_hz

    def real(self, begin: int, end: int) -> NDArray[np.float32]:
        """Return samples as values of -1 to 1."""
        values: NDArray[np.float32] = self.samples[begin:end].astype(np.float32) / FULL_SCALE
        return values


def read_wav(path: Path, rate_hz: int | None = None) -> Recording:
    """Read a WAV file.

    Parameters
    ----------
    rate_hz
        What its rate must be; any if left out.

    Raises
    ------
    DatasetNotFound
        If there is no such file.
    DatasetInvalid
        If it is no WAV file of 16-bit PCM, has another rate, or is empty.
    """
    try:
        require_plain_file(path)
        with wave.open(str(path), "rb") as wav:
            if wav.getsampwidth() != 2:
                raise DatasetInvalid(
                    f"{path}: its samples have {8 * wav.getsampwidth()} bits; convert it to 16-bit "
                    "PCM"
                )
            if rate_hz is not None and wav.getframerate() != rate_hz:
                raise DatasetInvalid(
                    f"{path}: its rate is {wav.getframerate():,} Hz, not {rate_hz:,}; resample it"
                )
            samples, found_hz = _first_channel(wav), wav.getframerate()
    except FileNotFoundError as error:
        raise DatasetNotFound(f"{path}: there is no such file") from error
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error
    except (wave.Error, EOFError) as error:
        raise DatasetInvalid(
            f"{path}: no WAV file of 16-bit PCM: {error or 'it ends too soon'}"
        ) from error
    if not samples.size:
        raise DatasetInvalid(f"{path}: there is no audio in it")
    return Recording(path, found_hz, samples)


def _first_channel(wav: wave.Wave_read) -> NDArray[np.int16]:
    channels = wav.getnchannels()
    blocks = []
    while data := wav.readframes(BLOCK_FRAMES):
        whole = len(data) - len(data) % (2 * channels)
        # A copy: the channels that are not needed go.
        blocks.append(np.frombuffer(data[:whole], "<i2")[::channels].astype(np.int16))
        if whole < BLOCK_FRAMES * 2 * channels:
            break
    return np.concatenate(blocks) if blocks else np.empty(0, np.int16)
