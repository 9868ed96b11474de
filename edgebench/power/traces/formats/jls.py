"""Joulescope's recordings, ``.jls``, by Jetperch's own reader (pyjls).

A file has a signal each for current, voltage and power, at the instrument's full rate or a lower
one, and bits of its inputs. Means of a millisecond are kept, and the joules up to each: no energy
is lost by that. Source: Jetperch's jls repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.requirement import Requirement
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.processes.native_output import captured_stderr
from edgebench.text.printable import excerpt

PYJLS = Requirement("pyjls", "edgebench[power]")
MAGIC, MAGIC_1 = b"jlsfmt\r\n \n \x1a  ", b"\xd3tagfmt \r\n"
FULL_RATE = 0
"""The type of signals with one value per period."""
KEPT_HZ = 1000
PIECE = 1 << 20
MOST_SAMPLES = 1 << 36
INPUT = "gpi[0]"
NAMES = ("power", "current", "voltage")
_FAILS = (RuntimeError, ValueError, KeyError, IndexError, TypeError, OSError, MemoryError)


class JlsFormat:
    """A recording of Joulescope's."""

    name = "jls"
    summary = "a recording of Joulescope's (.jls)"
    takes = frozenset({"supply_v", "rail"})
    is_last = False

    def recognizes(self, name: str, head: bytes) -> bool:
        """By its first bytes, or its name."""
        return head.startswith((MAGIC, MAGIC_1)) or name.endswith(".jls")

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read the power; or the current and the voltage, or the current alone with `supply_v`.

        Raises
        ------
        TraceInvalid
            If the file is damaged, or has no samples.
        UsageError
            If there are several instruments in it and `rail` names none, or a voltage is missing.
        MeterNotFound
            If pyjls is not installed.
        """
        with path.open("rb") as file:
            if file.read(len(MAGIC_1)) == MAGIC_1:
                raise TraceInvalid(
                    f"{path}: version 1 of Joulescope's files; save it again with the Joulescope "
                    "program of today"
                )
        library = PYJLS.load(str(path))
        try:
            # Of a damaged file, the library prints where.
            with captured_stderr():
                reader = library.Reader(str(path))
                try:
                    return _trace(path, reader, options)
                finally:
                    reader.close()
        except _FAILS as error:
            raise TraceInvalid(f"{path}: no recording of Joulescope's: {error}") from error


FORMAT = JlsFormat()


@dataclass(frozen=True)
class _Instrument:
    """An instrument in a file: its name, and its signals by theirs."""

    name: str
    detail: str
    signals: Mapping[str, Any]


def _trace(path: Path, reader: Any, options: ReadOptions) -> PowerTrace:
    instrument = _chosen(path, _instruments(reader), options.rail)
    signals = instrument.signals
    if "power" in signals:
        factors = [signals["power"]]
    elif "voltage" in signals:
        factors = [signals["current"], signals["voltage"]]
    else:
        factors = [signals["current"]]
    if (supply_v := options.supply_v) is not None and (len(factors) > 1 or "power" in signals):
        raise UsageError(f"{path} has its own voltage: leave `supply_v` out", field="supply_v")
    if supply_v is None and factors == [signals.get("current")]:
        raise UsageError(
            f"{path} has currents and no voltage: give the board's with `supply_v`",
            field="supply_v",
        )
    rate, length = _span(path, factors)
    size = max(1, rate // KEPT_HZ)
    watts, missing = _means(reader, factors, length, size)
    watts *= supply_v or 1.0
    seconds = np.minimum(np.arange(1, len(watts) + 1) * size, length) / rate
    there = np.isfinite(watts)
    steps = np.diff(seconds, prepend=0.0)
    return recorded_trace(
        path,
        np.concatenate(([0.0], seconds[there])),
        np.concatenate((watts[there][:1], watts[there])),
        energy_j=np.concatenate(([0.0], np.cumsum(watts * steps))) if there.all() else None,
        marks_s=_marks(reader, signals.get(INPUT), factors[0]),
        detail=instrument.detail,
        channels=(instrument.name,),
        faults=(f"{missing:,} of {length:,} samples are missing in it",) if missing else (),
    )


def _instruments(reader: Any) -> list[_Instrument]:
    """Return the sources that have a current or a power."""
    found = []
    for number, source in reader.sources.items():
        signals = {
            str(each.name): each
            for each in reader.signals.values()
            if each.source_id == number and each.signal_type == FULL_RATE
        }
        if "power" in signals or "current" in signals:
            name = str(source.name)
            about = f"{source.vendor} {source.model} {source.serial_number}, {source.version}"
            found.append(_Instrument(name, excerpt(about, 100), signals))
    return found


def _chosen(path: Path, found: Sequence[_Instrument], wanted: str | None) -> _Instrument:
    kept = [each for each in found if wanted in (None, each.name)]
    if len(kept) == 1:
        return kept[0]
    names = [each.name for each in found]
    if not names:
        raise TraceInvalid(f"{path}: no signal of power or current in it")
    why = f"no instrument {wanted!r} in it" if wanted else f"{len(names)} instruments in it"
    raise UsageError(
        f"{path}: {why}; choose with `rail` from {excerpt(', '.join(names))}",
        field="rail",
        value=wanted,
        choices=names,
    )


def _span(path: Path, factors: Sequence[Any]) -> tuple[int, int]:
    """Return samples per second, and how many there are."""
    rates = {int(each.sample_rate) for each in factors}
    starts = {int(each.sample_id_offset) for each in factors}
    length = min(int(each.length) for each in factors)
    if len(rates) > 1 or len(starts) > 1:
        raise TraceInvalid(f"{path}: its current and voltage have different rates or beginnings")
    (rate,) = rates
    if not (rate > 0 and 0 < length < MOST_SAMPLES):
        raise TraceInvalid(f"{path}: {length} samples at {rate} Hz")
    return rate, length


def _means(
    reader: Any, factors: Sequence[Any], length: int, size: int
) -> tuple[NDArray[np.float64], int]:
    """Return means of the signals' product of so many samples each, and how many are missing.

    A mean of which nothing is there is no number.
    """
    found, missing = [], 0
    for first, count in _pieces(length, size):
        product = np.ones(count)
        for each in factors:
            product *= np.asarray(reader.fsr(each.signal_id, first, count), np.float64)[:count]
        starts = np.arange(0, count, size)
        is_there = np.isfinite(product)
        counts = np.add.reduceat(is_there.astype(np.int64), starts)
        sums = np.add.reduceat(np.where(is_there, product, 0.0), starts)
        with np.errstate(invalid="ignore"):
            found.append(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
        missing += count - int(counts.sum())
    return np.concatenate(found), missing


def _pieces(length: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the first sample and the number of pieces, each of whole means but for the last."""
    step = max(PIECE // size, 1) * size
    for first in range(0, length, step):
        yield first, min(step, length - first)


def _marks(reader: Any, bits: Any, origin: Any) -> NDArray[np.float64] | None:
    """Return when input 0 fell, in seconds from the first sample of another signal."""
    if bits is None or not bits.length:
        return None
    fell: list[int] = []
    is_high = False
    for first, count in _pieces(int(bits.length), 8):
        packed = np.asarray(reader.fsr(bits.signal_id, first, count), np.uint8)
        high = np.unpackbits(packed, bitorder="little")[:count].astype(np.int8)
        steps = np.diff(high, prepend=np.int8(is_high))
        fell += (first + np.flatnonzero(steps < 0)).tolist()
        is_high = bool(high[-1])
    begin = int(origin.sample_id_offset) / int(origin.sample_rate)
    times = (np.array(fell) + int(bits.sample_id_offset)) / int(bits.sample_rate) - begin
    return times if len(times) else None
