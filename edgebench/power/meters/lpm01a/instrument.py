"""ST's X-NUCLEO-LPM01A.

Replies are lines, ``ack COMMAND ...`` or ``error ...``, behind the prompt ``PowerShield >``; a stop
is answered with ``Acquisition completed``. The stream is read by
`edgebench.power.meters.lpm01a.stream`. Source: ST's UM2243 and UM2269, the board's own help, and
the traces of published MLPerf Tiny results.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.acquisition.connections.port import MeterPort
from edgebench.power.acquisition.connections.usb import serial_of
from edgebench.power.acquisition.stream import Blocks, StreamClock, within_range
from edgebench.power.description import Accuracy, MeasuredAt, MeterDescription
from edgebench.power.meters.lpm01a.stream import AsciiStream, BinaryStream, Heard, without_prompt
from edgebench.power.samples import PowerSamples
from edgebench.text.printable import quoted

BAUD = 3_686_400
LEAST_V, MOST_V = 1.8, 3.3
MOST_A = 0.05
RATES = {1e3: "1k", 2e3: "2k", 5e3: "5k", 10e3: "10k", 20e3: "20k", 50e3: "50k", 100e3: "100k"}
MOST_ASCII_RATE = 5e3
"""By the board's own help, for acquisitions without end."""
LEAST_FIRMWARE = (1, 0, 6)
"""The first that reports events."""
ANSWER_S = 2.0
SETTLE_S = 0.2
SILENCE_S = 2.0
POLL_S = 0.05
BUFFER = 2000
"""Bytes that a poll may find: a port's buffer has 4 KiB."""
ASCII_BYTES, BINARY_BYTES = 9, 2
STAMP_TURN_MS = 1_000_000
MOST_SKIP_S = 60.0
"""A stamp that is further ahead is damaged."""
LIMITS = Accuracy(0.02, 0.5e-6, "ST's UM2243: 2 % of the reading, in dynamic mode")

END = re.compile(rb"(?i)acquisition completed|ack stop|(^|\n)end|\xf0\xf4\xff\xff")


class Lpm01a(CloseOnExit):
    """A `PowerMeter`; it supplies the board, from when it is opened until it is closed."""

    def __init__(self, where: str, supply_v: float, rate_hz: float, is_binary: bool) -> None:
        self._supply_v, self._rate_hz, self._is_binary = supply_v, rate_hz, is_binary
        self._stream: AsciiStream | BinaryStream = AsciiStream()
        self._pending = b""
        self._last_ns = 0
        self._sums = Blocks(1)
        self._port = MeterPort("lpm01a", where, BAUD)
        with opening(self._port.close):
            firmware = self._identify(where)
            self._set_up()
        self._clock = StreamClock(f"lpm01a at {where}", 1e9 / rate_hz, SILENCE_S)
        self.description = MeterDescription(
            name="lpm01a",
            detail=f"firmware {firmware}, {supply_v:g} V, {RATES[rate_hz]}Hz"
            + (", bin_hexa: without marks" if is_binary else ""),
            channels=("Vout",),
            period_s=1 / rate_hz,
            counts_energy=True,
            accuracy=LIMITS,
            clock="meter",
            poll_s=min(POLL_S, BUFFER / rate_hz / (BINARY_BYTES if is_binary else ASCII_BYTES)),
            serial=serial_of(where),
            firmware=firmware,
            range=f"{supply_v:g} V, {MOST_A * 1e3:g} mA",
            marker_input="" if is_binary else "D7",
            measured_at=MeasuredAt.INLET,
        )

    def close(self) -> None:
        """Switch the board off, and give the panel back to the user."""
        try:
            self._port.write(b"pwr off\nhrc\n")
        except MeterLost:
            pass
        finally:
            self._port.close()

    def start(self) -> None:
        """Begin an acquisition."""
        self._sums = Blocks(1)
        self._stream = BinaryStream() if self._is_binary else AsciiStream()
        self._clock.starting()
        self._ask("start")

    def read(self) -> PowerSamples:
        """Return what has come."""
        pending, self._pending = self._pending, b""
        return self._samples(self._stream.feed(pending + self._port.read()))

    def stop(self) -> PowerSamples:
        """End the acquisition, and return the rest."""
        asked = now_ns()
        self._port.write(b"stop\n")
        data, self._pending = self._pending, b""
        for more in self._port.reads_until(ANSWER_S):
            data += more
            if END.search(data[-64:]):
                return self._samples(self._stream.feed(data), asked)
        raise MeterLost(
            f"lpm01a did not answer `stop` within {ANSWER_S:g} s; it sent {quoted(data)}"
        )

    def _samples(self, heard: Heard, stop_asked_ns: int | None = None) -> PowerSamples:
        self._last_ns = round(self._clock.count * 1e9 / self._rate_hz)
        times = self._times(heard)
        exchanges = self._clock.heard(len(times))
        if stop_asked_ns is not None and self._clock.count:
            exchanges = (*exchanges, self._clock.stopped(stop_asked_ns))
        scale = self._supply_v if self._is_binary else self._rate_hz
        power, wrong, faults = within_range(np.array(heard.values) * scale, 2 * MOST_A * MOST_V)
        return replace(
            self._sums.add(times, power),
            # An event stands behind the samples that were before it.
            marks_ns=np.concatenate(([self._last_ns], times))[heard.marks] if heard.marks else None,
            exchanges=exchanges,
            lost=wrong,
            faults=(*faults, *dict.fromkeys(heard.problems)),
        )

    def _times(self, heard: Heard) -> NDArray[np.int64]:
        """Return the meter's times of samples; those that its stamps miss leave a gap."""
        parts, done = [], 0
        period_ms = 1e3 / self._rate_hz
        for stamp_ms, place in heard.stamps:
            parts.append(self._clock.times(place - done))
            done = place
            # Three digits of seconds: where they begin again is not known of every firmware.
            turns = round((self._clock.count * period_ms - stamp_ms) / STAMP_TURN_MS)
            missing = round((stamp_ms + turns * STAMP_TURN_MS) / period_ms) - self._clock.count
            if 0 < missing <= MOST_SKIP_S * self._rate_hz:
                self._clock.skip(missing)
        parts.append(self._clock.times(len(heard.values) - done))
        return np.concatenate(parts)

    def _identify(self, where: str) -> str:
        # A session that was killed may have left it acquiring.
        self._port.write(b"stop\n")
        for _ in self._port.reads_until(SETTLE_S):
            pass
        try:
            self._ask("htc")
        except MeterLost as error:
            raise MeterNotFound(
                f"lpm01a: nothing at {where} answers `htc` as an LPM01A does: is it this port, and "
                f"is no other program using it? ({error})"
            ) from error
        answer = " ".join(self._ask("version"))
        found = re.search(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})", answer)
        if found is None:
            raise MeterNotFound(f"lpm01a: {where} reports no firmware version: {answer!r}")
        if tuple(int(each) for each in found.groups()) < LEAST_FIRMWARE:
            raise MeterNotFound(
                f"lpm01a: firmware {found[0]} reports no events: install 1.0.6 or later "
                "(ST's STSW-PWR-MON-FW)"
            )
        return found[0]

    def _set_up(self) -> None:
        for command in (
            f"volt {round(self._supply_v * 1000)}m",
            f"freq {RATES[self._rate_hz]}",
            f"output {'current' if self._is_binary else 'energy'}",
            f"format {'bin_hexa' if self._is_binary else 'ascii_dec'}",
            "acqtime inf",
            "trigsrc sw",
            "eventsrc d7 fal",
            "pwr on nostatus",
        ):
            self._ask(command)

    def _ask(self, command: str) -> list[str]:
        """Send a command; return the lines until its ack.

        Raises
        ------
        MeterLost
            If it is refused, or not answered in time.
        """
        self._port.read()
        self._port.write(f"{command}\n".encode())
        heard, lines = b"", []
        for data in self._port.reads_until(ANSWER_S):
            heard += data
            while b"\n" in heard:
                raw, _, heard = heard.partition(b"\n")
                lines.append(without_prompt(raw).decode("ascii", "replace"))
                if lines[-1].lower().startswith("err"):
                    raise MeterLost(f"lpm01a refused `{command}`: {lines[-1]}")
                if lines[-1].startswith(f"ack {command.split(maxsplit=1)[0]}"):
                    # What comes behind it are the first samples.
                    self._pending = heard
                    return lines
        said = quoted("\n".join((*lines, without_prompt(heard).decode("ascii", "replace"))))
        raise MeterLost(f"lpm01a did not answer `{command}` within {ANSWER_S:g} s; it said {said}")
