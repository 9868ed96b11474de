"""Energy traces of EEMBC's runner: ``trace1-energy.bin`` and ``trace1-timestamps.json``.

The first is a byte 0xF1, a rate and microjoules per sample, float32 and little endian; the second
has when the device's marker fell, in seconds from the first sample. Source: MLPerf Tiny's published
results.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import LogInvalid
from edgebench.files.refusals import refusal
from edgebench.files.regular_files import require_plain_file
from edgebench.mlperf.log_text import log_json, log_text

TRACE = "trace1-energy.bin"
ENERGY_ENDS, TIMESTAMPS_ENDS = "-energy.bin", "-timestamps.json"
VERSION = 0xF1
HEADER_BYTES, SAMPLE_BYTES = 5, 4
MOST_HZ = 1e7
MOST_BYTES = 1 << 28
MOST_JSON_BYTES = 1 << 22


@dataclass(frozen=True)
class EnergyTrace:
    """A trace.

    Attributes
    ----------
    microjoules
        Shape (n,): of each sample.
    marks
        At which samples the device's marker fell; None without a file of times.
    """

    rate_hz: float
    microjoules: NDArray[np.float64]
    marks: NDArray[np.intp] | None

    def windows_uj(self) -> list[float]:
        """Return the energy of each trial: between the second mark and the third, and so on."""
        marks = [] if self.marks is None else self.marks.tolist()
        return [
            float(self.microjoules[first:last].sum())
            for first, last in zip(marks[1::2], marks[2::2], strict=False)
        ]


def is_trace(head: bytes) -> bool:
    """Whether a file begins as one: by its first byte and a rate that can be."""
    return len(head) > HEADER_BYTES and head[0] == VERSION and 0 < _rate(head) <= MOST_HZ


def read_trace(path: Path) -> EnergyTrace:
    """Read a trace, and its file of times where there is one.

    Raises
    ------
    LogInvalid
        If one is damaged, or a time lies outside the samples.
    """
    try:
        require_plain_file(path)
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise LogInvalid(f"{path}: {size:,} bytes; traces have {MOST_BYTES:,} at most")
        data = path.read_bytes()
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {refusal(error)}") from error
    if not is_trace(data):
        raise LogInvalid(f"{path}: {size:,} bytes, no energy trace of EEMBC's")
    if (size - HEADER_BYTES) % SAMPLE_BYTES:
        raise LogInvalid(f"{path}: {size:,} bytes are no whole number of samples")
    energies = np.frombuffer(data, "<f4", offset=HEADER_BYTES).astype(np.float64)
    if not np.all(np.isfinite(energies)):
        raise LogInvalid(f"{path}: an energy that is no finite number")
    return EnergyTrace(_rate(data), energies, _marks(path, _rate(data), len(energies)))


def _rate(data: bytes) -> float:
    return float(np.frombuffer(data, "<f4", count=1, offset=1)[0])


def _marks(path: Path, rate: float, samples: int) -> NDArray[np.intp] | None:
    """Return which samples the times fall into.

    The runner adds periods up for that: so its published energies come out to the last digit.
    """
    times_path = path.with_name(path.name.removesuffix(ENERGY_ENDS) + TIMESTAMPS_ENDS)
    if times_path == path or not times_path.is_file():
        return None
    values = log_json(log_text(times_path, MOST_JSON_BYTES), str(times_path))
    try:
        times = np.array(values, np.float64)
    except (ValueError, TypeError, OverflowError):  # JSON of any shape
        times = np.array(np.nan)
    if times.ndim != 1 or not np.all(np.isfinite(times)):
        raise LogInvalid(f"{times_path}: no list of times")
    if times.size and not 0 <= times.min() <= times.max() <= samples / rate:
        raise LogInvalid(f"{times_path}: times outside the {samples / rate:g} s of {path.name}")
    begins = np.concatenate(([0.0], np.cumsum(np.full(samples - 1, 1 / rate))))
    return np.searchsorted(begins, times)
