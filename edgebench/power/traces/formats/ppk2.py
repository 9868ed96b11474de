"""Sessions of Nordic's Power Profiler, ``.ppk2``: a zip with microamperes as float32.

``metadata.json`` has the rate. ``session.raw`` has six bytes per sample, two of them for its logic
inputs: two bits each, D0 lowest, that say whether it was low, and high, within the sample. Where
the upper byte is never used, it is a bit each.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid, UsageError
from edgebench.files.archive_fault import archive_fault
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.logic import falls, marks_of
from edgebench.power.traces.trace import PowerTrace
from edgebench.text.json_text import JsonDamaged, parse_json
from edgebench.text.printable import excerpt

METADATA, SAMPLES = "metadata.json", "session.raw"
VERSION = 2
INPUTS = 8
SAMPLE = np.dtype([("current_ua", "<f4"), ("logic", "<u2")])
MOST_BYTES = 2 * 2**30
MOST_METADATA_BYTES = 2**20
DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, RuntimeError, EOFError)


@dataclass(frozen=True)
class Session:
    """The needed parts of a session: samples per second, and the samples' bytes."""

    rate_hz: float
    samples: bytes


class Ppk2Format:
    """A session of Nordic's Power Profiler."""

    name = "ppk2"
    summary = "a session of Nordic's Power Profiler (.ppk2)"
    takes = frozenset({"supply_v"})
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its name."""
        return name.endswith(".ppk2")

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it.

        Raises
        ------
        TraceInvalid
            If it is damaged, or of another version.
        UsageError
            If no voltage is given: it has currents alone.
        """
        if options.supply_v is None:
            raise UsageError(
                f"{path} has currents and no voltage: give the board's with `supply_v`",
                field="supply_v",
            )
        try:
            session = _session(path)
        except (_NoSession, JsonDamaged) as error:
            raise TraceInvalid(f"{path}: no session of Nordic's Power Profiler: {error}") from error
        except DAMAGED as error:
            raise TraceInvalid(
                f"{path}: no session of Nordic's Power Profiler: {archive_fault(error)}"
            ) from error
        samples = np.frombuffer(session.samples, SAMPLE)
        amps = samples["current_ua"].astype(np.float64) * 1e-6
        marks = marks_of(_falls(samples["logic"], number) for number in range(INPUTS))
        return recorded_trace(
            path,
            np.arange(len(samples)) / session.rate_hz,
            amps * options.supply_v,
            marks_s=None if marks is None else marks / session.rate_hz,
            detail="Nordic's PPK2",
        )


FORMAT = Ppk2Format()


def _falls(logic: NDArray[np.uint16], number: int) -> NDArray[np.intp]:
    """Return at which samples an input fell."""
    if not np.any(logic >> INPUTS):
        high = logic >> number & 1 == 1
        return falls(~high, high)
    low, high = (logic >> (2 * number + bit) & 1 == 1 for bit in (0, 1))
    return falls(low, high)


class _NoSession(ValueError):
    """An archive with other content."""


def _session(path: Path) -> Session:
    with zipfile.ZipFile(path) as archive:
        if missing := sorted({METADATA, SAMPLES} - set(archive.namelist())):
            raise _NoSession(f"it has no {missing[0]}")
        size = archive.getinfo(METADATA).file_size
        if size > MOST_METADATA_BYTES:
            raise _NoSession(f"{size:,} bytes of metadata")
        rate = _rate(parse_json(archive.read(METADATA)))
        size = archive.getinfo(SAMPLES).file_size
        if size > MOST_BYTES or size % SAMPLE.itemsize:
            raise _NoSession(f"{size:,} bytes of samples")
        return Session(rate, archive.read(SAMPLES))


def _rate(about: Any) -> float:
    """Return the samples per second of a session's metadata, which may be any JSON."""
    version = about.get("formatVersion") if isinstance(about, dict) else None
    if version != VERSION:
        raise _NoSession(f"format {excerpt(repr(version), 40)}, not {VERSION}")
    metadata = about.get("metadata")
    rate = metadata.get("samplesPerSecond") if isinstance(metadata, dict) else None
    if not isinstance(rate, int | float) or not 0 < rate <= 1e6:
        raise _NoSession(f"{excerpt(repr(rate), 40)} samples per second")
    return float(rate)
