"""An LPM01A that is played; its protocol is in `edgebench.power.meters.lpm01a`."""

from __future__ import annotations

import re

import numpy as np

from edgebench.power.meters.lpm01a.driver import Lpm01aDriver
from edgebench.power.meters.lpm01a.instrument import LIMITS
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import STREAM, Kind, OnLine
from edgebench.virtual.meters.line import PtyLine

MOST_SUPPLY_MV = 3300
PROMPT = b"PowerShield > "
COMPLETED = PROMPT + b"Acquisition completed\r\n"


class VirtualLpm01a:
    """Speaks both formats; the rate is what `freq` sets."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._supply_v = 3.3
        self._is_binary = self._is_on = False
        self._events = 0
        self._stamped_ms = 0

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def feed(self, data: bytes) -> bytes:
        """Answer commands."""
        *lines, self._left = (self._left + data).split(b"\n")
        return b"".join(self._answer(line.decode("ascii", "replace").strip()) for line in lines)

    def _answer(self, command: str) -> bytes:
        verb, _, rest = command.partition(" ")
        if verb == "version":
            return PROMPT + b"ack version 1.0.6\r\n"
        if verb == "volt" and not (rest.endswith("m") and 1800 <= int(rest[:-1]) <= MOST_SUPPLY_MV):
            return PROMPT + b"error volt\r\nError detail: out of range\r\n"
        if verb == "volt":
            self._supply_v = int(rest[:-1]) / 1e3
        elif verb == "freq":
            rate = float(re.sub("k$", "e3", rest))
            self._instrument.set_period(1 / rate)
        elif verb == "format":
            self._is_binary = rest == "bin_hexa"
        elif verb == "pwr":
            self._is_on = rest.startswith("on")
        elif verb == "start":
            self._stamped_ms = self._events = 0
            self._instrument.start()
        elif verb == "stop":
            last = self.due()
            self._instrument.stop()
            return last + (b"\xf0\xf4\xff\xff" if self._is_binary else COMPLETED)
        return PROMPT + f"ack {verb}\r\n".encode()

    def due(self) -> bytes:
        """Return the samples that there are by now."""
        if self._instrument.is_silent:
            return b""
        seen = self._instrument.new()
        pieces = []
        left = sorted(seen.marks)
        for number, watts, passes in seen.shown():
            while left and left[0] <= number:
                left.pop(0)
                pieces.append(self._event())
            if passes:
                pieces.append(self._sample(watts if self._is_on else 0.0))
            pieces.append(self._stamp(number + 1))
        pieces += [self._event() for _ in left]
        return b"".join(pieces)

    def _sample(self, watts: float) -> bytes:
        if self._is_binary:
            amps = max(watts / self._supply_v, 0.0)
            power = 14
            while power and round(amps * 16**power) > 0xFFF:
                power -= 1
            word: int = (power << 12) | min(round(amps * 16**power), 0xFFF)
            return word.to_bytes(2, "big")
        joules = max(watts * self._instrument.period_s, 0.0)
        if joules == 0:
            return b"0000-09\r\n"
        exponent = int(np.floor(np.log10(joules))) - 3
        mantissa = round(joules / 10.0**exponent)
        if mantissa > 9999:
            exponent, mantissa = exponent + 1, round(joules / 10.0 ** (exponent + 1))
        return f"{mantissa:04d}{exponent:+03d}\r\n".encode()

    def _event(self) -> bytes:
        if self._is_binary:
            return b""
        self._events += 1
        return f"event {self._events} fal\r\n".encode()

    def _stamp(self, count: int) -> bytes:
        now_ms = round(count * self._instrument.period_s * 1e3, 6)
        if now_ms < self._stamped_ms + 1000:
            return b""
        self._stamped_ms += 1000
        full = 100 if self._instrument.has_overflowed else 5
        if self._is_binary:
            return b"\xf0\xf3" + self._stamped_ms.to_bytes(4, "big") + bytes([full]) + b"\xff\xff"
        return f"TimeStamp: {self._stamped_ms // 1000:03d}s 000ms, buff {full:02d}%\r\n".encode()


KIND = Kind(
    name="lpm01a",
    scale_w=0.1,
    period_s=1e-3,
    limits=LIMITS,
    way=OnLine(VirtualLpm01a, PtyLine),
    driver=lambda _, __: Lpm01aDriver(),
    faults=STREAM | {"overflow"},
)
