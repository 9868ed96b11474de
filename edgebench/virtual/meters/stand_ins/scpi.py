"""A SCPI instrument that is played: what a Keysight N6705C answers."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from edgebench.clock import now_ns
from edgebench.power.meters.scpi.cards import scpi_cards
from edgebench.power.meters.scpi.driver import ScpiDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ASKED, Kind, OnLine
from edgebench.virtual.meters.line import PtyLine, TcpLine

APERTURE_NS = 20_000_000
BEYOND, NOT_A_NUMBER = "9.9E+37", "9.91E+37"


class VirtualScpi:
    """Measures the mean of the last 20 ms."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._error = '+0,"No error"'
        self._begun = False

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def due(self) -> bytes:
        """Return nothing: it speaks when it is asked."""
        return b""

    def feed(self, data: bytes) -> bytes:
        """Answer queries."""
        *lines, self._left = (self._left + data).split(b"\n")
        answers = [self._answer(line.decode("ascii", "replace").strip()) for line in lines]
        return b"".join(f"{answer}\n".encode() for answer in answers if answer)

    def _answer(self, line: str) -> str:
        upper = line.upper()
        if upper == "*IDN?":
            return "Keysight Technologies,N6705C,VIRTUAL,E.02.14"
        if upper == "SYST:ERR?":
            error, self._error = self._error, '+0,"No error"'
            return error
        if upper.startswith("MEAS:POW?"):
            return self._power()
        if not upper.startswith(("SENS:FUNC", "VOLT ", "OUTP ")):
            self._error = '-113,"Undefined header"'
        return ""

    def _power(self) -> str:
        if not self._begun:
            self._instrument.start()
            self._begun = True
        if self._instrument.is_silent:
            return ""
        if self._instrument.has_overflowed:
            return BEYOND
        if self._instrument.is_lost():
            return NOT_A_NUMBER
        now = now_ns()
        watts = self._instrument.shown_between(now - APERTURE_NS, now)
        return NOT_A_NUMBER if isnan(watts) else f"{watts:.8E}"


def _socket(place: str) -> str:
    host, _, port = place.partition(":")
    return f"TCPIP::{host}::{port}::SOCKET"


KIND = Kind(
    name="scpi",
    scale_w=5.0,
    period_s=0.02,
    limits=scpi_cards()[0].accuracy,
    way=OnLine(VirtualScpi, TcpLine, _socket),
    driver=lambda _, __: ScpiDriver(),
    faults=ASKED - {"skew"} | {"overflow"},
)
KIND_ON_PTY = replace(
    KIND,
    name="scpi-pty",
    way=OnLine(VirtualScpi, PtyLine, lambda place: f"ASRL{place}::INSTR"),
)
