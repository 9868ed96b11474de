"""EEMBC's energy files, such as ``trace1-energy.bin``: a byte 0xF1, a rate, microjoules per sample.

Rate and samples are float32, little endian. ``trace1-timestamps.json`` beside it has when the
device's marker fell, in seconds from the first sample. Source: MLPerf Tiny's published traces.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid
from edgebench.json_text import JsonDamaged, parse_json
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recorded import recorded_trace
from edgebench.power.traces.trace import PowerTrace

VERSION = 0xF1
HEADER_BYTES, SAMPLE_BYTES = 5, 4
MOST_HZ = 1e7
MOST_BYTES = 1 << 31
MOST_JSON_BYTES = 1 << 22
ENERGY, TIMESTAMPS = "-energy.bin", "-timestamps.json"


class EembcFormat:
    """An energy file of EEMBC's."""

    name = "eembc"
    summary = "an energy file of EEMBC's runner (trace1-energy.bin)"
    takes: frozenset[str] = frozenset()
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its first byte and a rate that can be."""
        return len(head) > HEADER_BYTES and head[0] == VERSION and 0 < _rate(head) <= MOST_HZ

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it; the marks from the file of timestamps beside it, where there is one.

        Raises
        ------
        TraceInvalid
            If it is cut short, or an energy is no number.
        """
        size = path.stat().st_size
        if size > MOST_BYTES or (size - HEADER_BYTES) % SAMPLE_BYTES:
            raise TraceInvalid(f"{path}: {size:,} bytes are no whole number of samples")
        data = path.read_bytes()
        rate = _rate(data)
        joules = np.frombuffer(data, "<f4", offset=HEADER_BYTES).astype(np.float64) * 1e-6
        counted = np.concatenate(([0.0], np.cumsum(joules)))
        return recorded_trace(
            path,
            np.arange(len(counted)) / rate,
            np.concatenate((joules[:1], joules)) * rate,
            energy_j=counted,
            marks_s=_marks(path, rate, len(joules)),
            detail="EEMBC's runner",
        )


FORMAT = EembcFormat()


def _rate(data: bytes) -> float:
    return float(np.frombuffer(data, "<f4", count=1, offset=1)[0])


def _marks(path: Path, rate: float, samples: int) -> NDArray[np.float64] | None:
    """Return where the samples at the marks begin, in seconds; None without a file of timestamps.

    Which sample a time falls into is as the runner has it, which adds periods up: so its published
    energies come out to the last digit.
    """
    beside = path.with_name(path.name.removesuffix(ENERGY) + TIMESTAMPS)
    if beside == path or not beside.is_file():
        return None
    try:
        if beside.stat().st_size > MOST_JSON_BYTES:
            raise ValueError("too large")
        found = parse_json(beside.read_bytes())
        times = np.array(found, np.float64)
        if times.ndim != 1 or not np.all(np.isfinite(times)):
            raise ValueError("no list of numbers")
    except (JsonDamaged, ValueError, TypeError) as error:
        raise TraceInvalid(f"{beside}: no list of times: {error}") from error
    if times.size and not 0 <= times.min() <= times.max() <= samples / rate:
        raise TraceInvalid(f"{beside}: times outside the {samples / rate:g} s of {path.name}")
    begins = np.concatenate(([0.0], np.cumsum(np.full(samples - 1, 1 / rate))))
    return np.searchsorted(begins, times) / rate
