"""Nordic's Power Profiler Kit II.

Nordic's commands and calibration are ppk2-api's; its conversion of samples one by one in Python
would take a third of a core, so `edgebench.power.meters.ppk2.samples` does it, as arrays.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.files.refusals import port_refusal
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.connections.usb import serial_of
from edgebench.power.acquisition.stream import Blocks, StreamClock, within_range
from edgebench.power.description import Accuracy, MeasuredAt, MeterDescription
from edgebench.power.meters.ppk2.converter_words import Words
from edgebench.power.meters.ppk2.samples import LAST_RANGE, Calibration, Converter
from edgebench.power.option_kinds import Choice, Number, Whole
from edgebench.power.options import option
from edgebench.power.samples import PowerSamples
from edgebench.text.printable import quoted

SOURCE = "source"
RATE_HZ = 100_000.0
PERIOD_NS = 1e9 / RATE_HZ
LEAST_V, MOST_V = 0.8, 5.0
MOST_A = 1.0
SILENCE_S = 0.5
STOP_S = 0.25
DRAIN_S = 3.0
POLL_S = 0.008
"""A port's buffer has 4 KiB, which fill in 10 ms."""
PIECE = 4000
MOST_PIECES = 256
BATCH = 24_000
"""Bytes, 60 ms: converting costs per batch more than per sample."""
PAUSE_S = 0.002
ASK_CALIBRATION = 0x19
ADRIFT_BYTES = 400_000
"""A second's."""
LIMITS = Accuracy(0.10, 1e-6, "Nordic's PPK2 data sheet: within 10 % for averages of currents")

GAP_SHARE = 0.6
"""A part of a block that is missing and leaves no gap between blocks."""


def _by_calibration(modifiers: dict[str, Any]) -> str:
    """Return what identifies a kit whose port says no serial number: its own calibration."""
    text = repr(sorted((name, str(value)) for name, value in modifiers.items()))
    return f"calibration {sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class Ppk2Options:
    """The board's voltage, how the kit is wired, and what is kept of its samples."""

    supply_v: float = option(
        "supply",
        Number(LEAST_V, MOST_V, "V"),
        about="the kit measures no voltage; in source mode it is what the board gets",
    )
    rate_hz: float = option("rate", Number(most=RATE_HZ, unit="Hz"), 1e3)
    mode: str = option("mode", Choice(SOURCE, "ampere"), SOURCE)
    mark_bit: int = option("marks", Whole(0, 7, "D"), 0)


class Ppk2(CloseOnExit):
    """A `PowerMeter`; with ``mode=source`` it supplies the board from when it is opened."""

    def __init__(self, where: str, options: Ppk2Options, api: ModuleType) -> None:
        self._supply_v = options.supply_v
        self._is_lost = False
        self._pending = b""
        self._bit = options.mark_bit
        self._block = round(RATE_HZ / options.rate_hz)
        mode = options.mode
        self._where = where
        try:
            self._kit = api.PPK2_API(where, timeout=0.5, write_timeout=2, exclusive=True)
        except (OSError, ValueError) as error:
            raise MeterNotFound(f"ppk2: {where} can't be opened: {port_refusal(error)}") from error
        with opening(self._kit.ser.close):
            self._set_up(mode)
        self._clock = StreamClock(f"ppk2 at {where}", PERIOD_NS, SILENCE_S)
        self._begin()
        revision = self._kit.modifiers.get("HW")
        self.description = MeterDescription(
            name="ppk2",
            detail=f"hardware {revision or '?'}, {mode} mode, {self._supply_v:g} V, 100 kHz in "
            f"means of {self._block}",
            channels=("VOUT" if mode == SOURCE else "VIN",),
            period_s=self._block / RATE_HZ,
            counts_energy=True,
            accuracy=LIMITS,
            clock="meter",
            poll_s=POLL_S,
            serial=serial_of(where) or _by_calibration(self._kit.modifiers),
            range=f"{self._supply_v:g} V, {mode} mode",
            marker_input=f"D{self._bit}",
            measured_at=MeasuredAt.INLET,
        )

    def close(self) -> None:
        """Stop, and let the port go; the supply stays as it is, as with Nordic's program."""
        if not self._is_lost:
            self._kit.stop_measuring()
        self._kit.ser.close()

    def start(self) -> None:
        """Begin to sample."""
        self._until_quiet()
        self._begin()
        self._clock.starting()
        self._kit.start_measuring()

    def read(self) -> PowerSamples:
        """Return what has come, as soon as it is worth being converted."""
        more = self._received()
        self._pending += more
        if more and len(self._pending) < BATCH:
            self._clock.alive()
            return PowerSamples.none()
        data = self._pending
        self._pending = b""
        return self._samples(data)

    def stop(self) -> PowerSamples:
        """End, and return the rest."""
        asked = now_ns()
        self._kit.stop_measuring()
        return self._samples(self._pending + self._until_quiet(), asked)

    def _begin(self) -> None:
        self._pending = b""
        self._words = Words()
        self._converter = Converter(Calibration.of(self._kit.modifiers), self._supply_v)
        self._blocks = Blocks(self._block)
        self._high = False

    def _samples(self, data: bytes, stop_asked_ns: int | None = None) -> PowerSamples:
        words, missing = self._words.feed(data, is_end=stop_asked_ns is not None)
        if self._words.adrift_bytes > ADRIFT_BYTES:
            raise MeterLost(
                f"ppk2: {self._where}: the samples' counter has not counted for "
                f"{self._words.adrift_bytes} bytes, such as {data[:16].hex(' ')}: connect the kit "
                "without a hub, and let no other program use it"
            )
        amps = self._converter.amps(words)
        times = self._clock.times(len(words)) + np.round(np.cumsum(missing) * PERIOD_NS).astype(
            np.int64
        )
        self._clock.skip(int(missing.sum()))
        exchanges = self._clock.heard(len(words))
        if stop_asked_ns is not None and self._clock.count:
            exchanges = (*exchanges, self._clock.stopped(stop_asked_ns))
        power, wrong, faults = within_range(amps * self._supply_v, 2 * MOST_A * MOST_V)
        unseen = float(missing[missing < GAP_SHARE * self._block].sum())
        full = ((words & 0x3FFF) == 0x3FFF) & (((words >> 14) & 0x7) >= LAST_RANGE)
        if np.any(full):
            faults = (*faults, f"its range was left: more than {MOST_A:g} A")
        return replace(
            self._blocks.add(times, power),
            marks_ns=self._marks(words, times),
            exchanges=exchanges,
            lost=(unseen + wrong) / self._block,
            faults=faults,
        )

    def _marks(
        self, words: NDArray[np.uint32], times: NDArray[np.int64]
    ) -> NDArray[np.int64] | None:
        """Return when the marker's bit fell."""
        if not len(words):
            return None
        high = ((words >> (24 + self._bit)) & 1).astype(np.int8)
        fell = np.diff(high, prepend=np.int8(self._high)) < 0
        self._high = bool(high[-1])
        return times[fell] if np.any(fell) else None

    def _received(self) -> bytes:
        """Return all that has come: a port hands over 4 KiB at a time."""
        pieces = []
        try:
            for _ in range(MOST_PIECES):
                pieces.append(bytes(self._kit.get_data()))
                if len(pieces[-1]) < PIECE:
                    break
            return b"".join(pieces)
        # TypeError: pyserial reads from a port that another thread has just closed.
        except (OSError, TypeError) as error:
            self._is_lost = True
            raise MeterLost(
                f"ppk2: {self._where} is gone: was it unplugged? ({port_refusal(error)})"
            ) from error

    def _until_quiet(self) -> bytes:
        """Return what comes until nothing more does.

        Raises
        ------
        MeterLost
            If it does not end.
        """
        data = b""
        began = quiet_since = now_ns()
        while now_ns() - quiet_since < STOP_S * 1e9:
            if now_ns() - began > DRAIN_S * 1e9:
                raise MeterLost(f"ppk2: {self._where} does not stop sending: is it a PPK2?")
            more = self._received()
            data += more
            if more:
                quiet_since = now_ns()
            else:
                time.sleep(PAUSE_S)
        return data

    def _asked_again(self) -> bytes:
        """Ask for the calibration once more, and return the bytes: ppk2-api keeps none."""
        try:
            self._kit.ser.write(bytes([ASK_CALIBRATION]))
            return self._until_quiet()
        except (OSError, MeterLost):
            return b""

    def _set_up(self, mode: str) -> None:
        self._kit.stop_measuring()
        said = b""
        try:
            said = self._until_quiet()
            known = self._kit.get_modifiers()
        except (UnicodeDecodeError, MeterLost) as error:
            known, said = None, said or getattr(error, "object", b"")
        if not known:
            raise MeterNotFound(
                f"ppk2: nothing at {self._where} reports its calibration as a PPK2 does (it said "
                f"{quoted(said or self._asked_again())}): is it this port (it has two: try the "
                "other), and is no other program using it?"
            )
        if mode == SOURCE:
            self._kit.use_source_meter()
        else:
            self._kit.use_ampere_meter()
        self._kit.set_source_voltage(round(self._supply_v * 1000))
        self._kit.toggle_DUT_power("ON")
