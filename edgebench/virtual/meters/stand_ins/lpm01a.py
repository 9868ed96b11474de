"""An LPM01A that is played; its protocol is in `edgebench.power.meters.lpm01a`.

Its answers are those of the firmware to the byte, as public programs that drive the board expect
them: an empty line, the prompt, ``ack`` and the whole command.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from edgebench.power.meters.lpm01a.driver import Lpm01aDriver
from edgebench.power.meters.lpm01a.instrument import LIMITS
from edgebench.virtual.meters.instrument import Instrument, Seen
from edgebench.virtual.meters.kind import STREAM, Kind, OnLine
from edgebench.virtual.meters.line import PtyLine
from edgebench.virtual.meters.stand_ins.lpm01a_commands import REPLIES, number, refused

LEAST_SUPPLY_V, MOST_SUPPLY_V = 1.8, 3.3
PROMPT = b"PowerShield > "
COMPLETED = b"\r\n" + PROMPT + b"Acquisition completed\r\n"
END_OF_WORDS = b"\xf0\xf4\xff\xff"


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
        commands = (line.decode("ascii", "replace").strip("\r\0") for line in lines)
        return b"".join(self._answer(command) for command in commands if command)

    def _answer(self, command: str) -> bytes:
        """Return the answer as its firmware gives it: the whole command comes back."""
        verb, _, rest = command.partition(" ")
        if verb == "echo":
            return b"\r\n" + PROMPT + f"{command}\r\n".encode()
        why = refused(command)
        if not why and not self._obey(verb, rest):
            why = "value out of range"
        if why:
            return b"\r\n" + PROMPT + f"error {command}\r\nError detail: {why}\r\n".encode()
        if verb == "stop":
            self._instrument.ending()
            last = self.due()
            self._instrument.stop()
            return last + (END_OF_WORDS if self._is_binary else b"") + COMPLETED
        said = f"{command} {self._reply(verb, rest)}".rstrip()
        return b"\r\n" + PROMPT + f"ack {said}\r\n\r\n".encode()

    def _reply(self, verb: str, rest: str) -> str:
        if rest == "get":
            millivolts = f"{self._supply_v * 1e3:.0f}m"
            return {"volt": millivolts, "pwr": "on" if self._is_on else "off"}[verb]
        return REPLIES.get(verb, "")

    def _obey(self, verb: str, rest: str) -> bool:
        """Do what a command says; return whether its value is possible."""
        if rest == "get":
            return True
        if verb == "volt":
            if not LEAST_SUPPLY_V <= number(rest) <= MOST_SUPPLY_V:
                return False
            self._supply_v = number(rest)
        elif verb == "freq":
            self._instrument.set_period(1 / number(rest))
        elif verb == "format":
            self._is_binary = rest == "bin_hexa"
        elif verb == "pwr":
            self._is_on = rest.startswith("on")
        elif verb == "start":
            self._stamped_ms = self._events = 0
            self._instrument.start()
        return True

    def due(self) -> bytes:
        """Return the samples that there are by now."""
        if self._instrument.is_silent:
            return b""
        seen = self._instrument.new()
        return self._words(seen) if self._is_binary else self._lines(seen)

    def _words(self, seen: Seen) -> bytes:
        """Return samples in the binary format, a second's at once: there may be 100,000."""
        watts = seen.shown_w if self._is_on else np.zeros_like(seen.shown_w)
        words = words_of(np.maximum(watts / self._supply_v, 0.0))
        pieces = []
        begin = 0
        # Behind the sample with which each second is full.
        while (end := self._full_second() - seen.first) <= len(words):
            pieces.append(words[begin:end][seen.gets_through[begin:end]].tobytes())
            pieces.append(self._stamp())
            begin = end
        pieces.append(words[begin:][seen.gets_through[begin:]].tobytes())
        return b"".join(pieces)

    def _lines(self, seen: Seen) -> bytes:
        """Return samples, marks and seconds in the format of lines."""
        pieces = []
        left = sorted(seen.marks)
        for place, watts, passes in seen.shown():
            while left and left[0] <= place:
                left.pop(0)
                pieces.append(self._event())
            if passes:
                pieces.append(self._sample(watts if self._is_on else 0.0))
            if place + 1 >= self._full_second():
                pieces.append(self._stamp())
        pieces += [self._event() for _ in left]
        return b"".join(pieces)

    def _sample(self, watts: float) -> bytes:
        joules = max(watts * self._instrument.period_s, 0.0)
        if joules == 0:
            return b"0000-09\r\n"
        exponent = int(np.floor(np.log10(joules))) - 3
        mantissa = round(joules / 10.0**exponent)
        if mantissa > 9999:
            exponent, mantissa = exponent + 1, round(joules / 10.0 ** (exponent + 1))
        return f"{mantissa:04d}{exponent:+03d}\r\n".encode()

    def _event(self) -> bytes:
        # Its firmware says `ris` whichever edge was asked for, and counts from 00.
        self._events += 1
        return f"event {self._events - 1:02d} ris\r\n".encode()

    def _full_second(self) -> int:
        """Return with how many samples the next second is full."""
        return ceil(round((self._stamped_ms + 1000) / self._instrument.period_s / 1e3, 6))

    def _stamp(self) -> bytes:
        self._stamped_ms += 1000
        full = 100 if self._instrument.has_overflowed else 5
        if self._is_binary:
            return b"\xf0\xf3" + self._stamped_ms.to_bytes(4, "big") + bytes([full]) + b"\xff\xff"
        # A host that reads three digits must get no more: MLCommons' runner does.
        seconds = self._stamped_ms // 1000 % 1000
        return f"TimeStamp: {seconds:03d}s 000ms, buff {full:02d}%\r\n\0".encode()


def words_of(amps: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Return currents as the binary format has them: mantissa and power of 1/16, 12 and 4 bits."""
    mantissas = np.round(amps[:, None] * 16.0 ** np.arange(15))
    powers = np.maximum((mantissas <= 0xFFF).sum(axis=1) - 1, 0)
    chosen = np.minimum(mantissas[np.arange(len(amps)), powers], 0xFFF).astype(np.uint16)
    words: NDArray[np.uint16] = (powers << 12).astype(np.uint16) | chosen
    return words.astype(">u2")


KIND = Kind(
    name="lpm01a",
    scale_w=0.1,
    period_s=1e-3,
    limits=LIMITS,
    way=OnLine(VirtualLpm01a, PtyLine),
    driver=lambda _, __: Lpm01aDriver(),
    faults=STREAM | {"overflow"},
)
