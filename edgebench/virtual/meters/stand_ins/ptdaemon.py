"""A PTDaemon that is played: lines over TCP, as the published logs show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from edgebench.mlperf.power.spl import time_text
from edgebench.power.description import Accuracy
from edgebench.power.meters.ptdaemon.driver import PtDaemonDriver
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import STREAM, Kind, OnLine
from edgebench.virtual.meters.line import TcpLine

IDENTITY = (
    "Virtual,1000,1,1,1,1,0,0,1,version=1.11.1-0-20260101,OS=edgebench,mode=power,1,1,1,0,0,"
    "no_cal_date,edgebench;virtual;0;0"
)
VOLTS, PF = 230.0, 0.98
INVALID, UNKNOWN = "Invalid number of parameters", "Unknown command"
LIMITS = Accuracy(0.004, 0.0, "as it states by itself")


class VirtualPtDaemon:
    """An analyzer of one sample a second.

    It has one channel, and refuses as such a PTDaemon does: of several, or of direct current, it
    takes another command for its log.
    """

    log_command = ("RL",)

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._mark = ""
        self._began = datetime.now()
        self._watts: list[tuple[int, float]] = []
        self._amps_range = 0.0
        self._answers: dict[str, Callable[[list[str]], str]] = {
            "Hello": lambda _: "Hello, PTDaemon here!",
            "Identify": lambda _: IDENTITY,
            "RR": lambda _: "Ranges,1,5.0,1,300.0",
            "SR": self._set_range,
            "Go": self._go,
            "Stop": self._stop,
            "Watts": self._summary,
            "Uncertainty": self._summary,
            self.log_command[0]: self._log,
        }

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def due(self) -> bytes:
        """Return nothing: it speaks when it is asked."""
        self._catch_up()
        return b""

    def feed(self, data: bytes) -> bytes:
        """Answer commands."""
        *lines, self._left = (self._left + data).split(b"\n")
        answers = [self._answer(line.decode("ascii", "replace").strip()) for line in lines]
        return b"".join(f"{answer}\r\n".encode() for answer in answers if answer)

    def _answer(self, command: str) -> str:
        if self._instrument.is_silent:
            return ""
        words = command.split(",")
        answer = self._answers.get(words[0])
        return answer(words) if answer else UNKNOWN

    def _set_range(self, words: list[str]) -> str:
        if len(words) != 3:
            return INVALID
        if words[1] == "A":
            self._amps_range = 0.0 if words[2] == "Auto" else float(words[2])
        return f"Range {words[1]} changed"

    def _go(self, words: list[str]) -> str:
        if len(words) != 4:
            return INVALID
        self._mark, self._watts = words[3], []
        self._instrument.set_period(int(words[1]) / 1e3)
        self._instrument.start()
        self._began = datetime.now()
        return f"Starting untimed measurement, maximum 500000 samples at {words[1]}ms"

    def _stop(self, words: list[str]) -> str:
        self._instrument.ending()
        self._catch_up()
        self._instrument.stop()
        return "Stopping untimed measurement"

    def _log(self, words: list[str]) -> str:
        if tuple(words) != self.log_command:
            return INVALID
        return "\r\n".join([f"Last {len(self._watts)} samples", *self._lines()])

    def _catch_up(self) -> None:
        for number, watts, passes in self._instrument.new().shown():
            if passes:
                self._watts.append((number + 1, watts))

    def _summary(self, words: list[str]) -> str:
        self._catch_up()
        watts = [each for _, each in self._watts] or [0.0]
        count = len(self._watts)
        over = count if self._amps_range and max(watts) / VOLTS > self._amps_range else 0
        if words[0] == "Watts":
            mean = sum(watts) / len(watts)
            return f"Watts,{mean:f},{min(watts):f},{max(watts):f},{count},{over},{count - over}"
        own = LIMITS.of_reading
        return f"Uncertainty,{own},{own * 0.75},{own * 2},{count},{over},{count - over},0"

    def _lines(self) -> list[str]:
        period = timedelta(seconds=self._instrument.period_s)
        return [
            f"Time,{time_text(self._began + number * period)},Watts,{watts:f},Volts,{VOLTS:f},"
            f"Amps,{watts / VOLTS / PF:f},PF,{PF:f},Mark,{self._mark}"
            for number, watts in self._watts
        ]


KIND = Kind(
    name="ptdaemon",
    scale_w=50.0,
    period_s=1.0,
    limits=LIMITS,
    way=OnLine(VirtualPtDaemon, TcpLine),
    driver=lambda _, __: PtDaemonDriver(),
    faults=STREAM - {"marks"},
    is_ranging=True,
)
