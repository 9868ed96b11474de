"""SPEC's PTDaemon: ``ptd://HOST[:PORT][,period=1]`` or ``ptdaemon:HOST[:PORT]``.

PTDaemon runs on the computer that has the analyzer, and is asked in lines over TCP: ``Hello``,
``Identify``, ``RR``, ``SR,V|A,Auto|VALUE``, ``Go,1000,0,MARK``, ``Watts``, ``Stop``, ``RL,*,*``.
Samples have the time of its computer. Source: the logs of published MLPerf power runs, and FACTS.
"""

from __future__ import annotations

import math
import re
import socket
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import LogInvalid, MeterLost, MeterNotFound, UsageError
from edgebench.mlperf.power.log import SplLine, spl_line
from edgebench.power.contract import Accuracy, Exchange, MeterDescription, PowerSamples
from edgebench.power.options import number, split_options

PORT, MOST_PORT = 8888, 65535
ANSWER_S, LOG_S = 5.0, 60.0
PERIOD_S = 1.0
LEAST_PERIOD_S = 0.05
POLL_PERIODS = 0.23
"""No part of the period: each poll then bounds PTDaemon's clock elsewhere."""
OLDEST_VERSION = (1, 11, 1)
MOST_LINE = 1 << 16
LIMITS = Accuracy(0.01, 0.0, "SPEC accepts analyzers of 1 % or better; PTDaemon tells each run's")


class PtDaemon(CloseOnExit):
    """A `PowerMeter` whose ranges can be set (`Ranging`)."""

    def __init__(self, host: str, port: int, period_s: float = PERIOD_S) -> None:
        self._period_s = period_s
        self._place = (host, port)
        self._at = f"{host}:{port}"
        self._connect()
        try:
            identity = self._identify()
            self._initial = self._ranges()
        except MeterLost as error:
            self.close()
            raise MeterNotFound(f"{error}: is it PTDaemon that listens at {self._at}?") from error
        except BaseException:
            self.close()
            raise
        self._mark = "edgebench"
        self._polls: list[tuple[int, int, int]] = []
        self._went = (0, 0)
        self._live: list[tuple[int, float]] = []
        self._total = (0, 0.0)
        self._failure: MeterLost | None = None
        self._largest = (0.0, 0.0)
        self._uncertainty = ""
        self._is_ranged = False
        self.description = MeterDescription(
            name="ptdaemon",
            detail=identity,
            channels=("sum",),
            period_s=period_s,
            counts_energy=False,
            accuracy=LIMITS,
            clock="meter",
            poll_s=POLL_PERIODS * period_s,
        )

    def _connect(self) -> None:
        self._left, self._is_stale = b"", False
        try:
            self._socket = socket.create_connection(self._place, ANSWER_S)
        except (OSError, UnicodeError, OverflowError) as error:
            raise MeterNotFound(
                f"ptdaemon: nothing listens at {self._at}: start PTDaemon there ({error})"
            ) from error

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._socket.close()

    def start(self) -> None:
        """Tell it to go."""
        self._polls, self._live, self._total = [], [], (0, 0.0)
        self._failure, self._largest = None, (0.0, 0.0)
        if self._is_stale:
            self._again()
        asked = now_ns()
        answer = self._ask(f"Go,{round(self._period_s * 1000)},0,{self._mark}")
        if not answer.startswith("Starting"):
            raise MeterLost(f"ptdaemon: {self._at} does not start: {answer[:120]}")
        self._went = (asked, now_ns())

    def read(self) -> PowerSamples:
        """Ask how many samples there are; they come at the end, with PTDaemon's own times."""
        if self._failure is not None:
            raise self._failure
        asked = now_ns()
        try:
            answer = self._ask("Watts")
        except MeterLost as error:
            # What is known of them is handed over now; the next read tells of the loss.
            self._failure = error
            return self._known_live()
        count, mean = _mean_of(answer)
        now = now_ns()
        self._polls.append((count, asked, now))
        before, joules = self._total
        if count > before:
            self._live.append((now, (mean * count - joules) / (count - before)))
            self._total = (count, mean * count)
        return PowerSamples.none()

    def stop(self) -> PowerSamples:
        """Stop it, and fetch every sample."""
        if self._failure is not None:
            raise self._failure
        lines: list[SplLine] = []
        faults: tuple[str, ...] = ()
        try:
            self._ask("Stop")
            self._uncertainty = self._ask("Uncertainty")
            faults = self._beyond_ranges()
            answer = self._ask("RL,*,*")
            found = re.match(r"Last (\d{1,6}) samples", answer)
            if found is None:
                raise MeterLost(f"ptdaemon: {self._at} hands over no samples: {answer[:120]}")
            end = time.monotonic() + LOG_S
            for _ in range(int(found[1])):
                lines.append(self._parsed(self._line()))
                if time.monotonic() > end:
                    raise MeterLost(f"ptdaemon: {self._at} takes more than {LOG_S:g} s for its log")
        except MeterLost as error:
            # What came, or else what the polls told, is better than nothing.
            faults = (*faults, f"its samples were not all handed over: {error}")
            if not lines:
                return replace(self._known_live(), faults=faults)
        if not lines:
            return PowerSamples.none()
        self._largest = (max(line.volts for line in lines), max(line.amps for line in lines))
        return replace(self._samples(lines), faults=faults)

    def mark(self, name: str) -> None:
        """Name the next measurement: its lines carry it."""
        self._mark = re.sub(r"[^A-Za-z0-9_.-]", "_", name)

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes of the last measurement."""
        return self._largest

    def give_back(self) -> None:
        """Set the ranges that it had when it was opened: ``Ranges,AUTO,A,AUTO,V``."""
        words = self._initial.split(",")
        try:
            amps = None if words[1] == "1" else float(words[2])
            volts = None if words[3] == "1" else float(words[4])
        except (ValueError, IndexError):
            amps = volts = None
        self.set_ranges(volts, amps)

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges; None for automatic ones."""
        self._is_ranged = volts_v is not None or amps_a is not None
        for letter, value in (("V", volts_v), ("A", amps_a)):
            answer = self._ask(f"SR,{letter},{'Auto' if value is None else f'{value:.6f}'}")
            if "changed" not in answer:
                raise MeterLost(f"ptdaemon: {self._at} does not set range {letter}: {answer[:120]}")

    def _beyond_ranges(self) -> tuple[str, ...]:
        """Return a word if PTDaemon counts samples beyond the ranges that were set."""
        words = self._ask("Watts").split(",")
        beyond = int(words[5][:9]) if len(words) > 5 and words[5].isdecimal() else 0
        return (f"{beyond} samples were beyond its range",) if beyond and self._is_ranged else ()

    def told(self) -> dict[str, Any]:
        """Return what it said of itself, for the record of a power session."""
        return {
            "address": self._at,
            "identity": self.description.detail,
            "initial_ranges": self._initial,
            "uncertainty": self._uncertainty,
        }

    def _samples(self, lines: list[SplLine]) -> PowerSamples:
        epoch = lines[0].when
        microseconds = [(line.when - epoch) // timedelta(microseconds=1) for line in lines]
        times = np.array(microseconds, np.int64) * 1000
        return PowerSamples(
            times,
            np.array([line.watts for line in lines]),
            volts_v=np.array([line.volts for line in lines]),
            amps_a=np.array([line.amps for line in lines]),
            exchanges=tuple(self._exchanges(times.tolist())),
        )

    def _exchanges(self, times: list[int]) -> list[Exchange]:
        """Return when samples were, by how many each poll counted: PTDaemon stamps, then counts."""
        found = [Exchange(times[0], self._went[0], None)]
        for count, asked, answered in self._polls:
            if 0 < count <= len(times):
                found.append(Exchange(times[count - 1], None, answered))
            if count < len(times):
                found.append(Exchange(times[count], asked - _LATE_NS, None))
        return found

    def _known_live(self) -> PowerSamples:
        if not self._live:
            return PowerSamples.none()
        times = np.array([when for when, _ in self._live], np.int64)
        own = times - times[0]
        period = round(self._period_s * 1e9)
        ties = tuple(Exchange(int(own[n]), int(times[n]) - period, int(times[n])) for n in (0, -1))
        return PowerSamples(own, np.array([power for _, power in self._live]), exchanges=ties)

    def _identify(self) -> str:
        hello = self._ask("Hello")
        if "PTDaemon" not in hello:
            raise MeterNotFound(f"ptdaemon: {self._at} says {hello[:60]!r}, not as PTDaemon does")
        identity = self._ask("Identify")
        version = re.search(r"version=(\d+)\.(\d+)\.(\d+)", identity)
        if version is None:
            raise MeterNotFound(f"ptdaemon: {self._at} tells no version: {identity[:120]!r}")
        if tuple(int(each) for each in version.groups()) < OLDEST_VERSION:
            oldest = ".".join(str(each) for each in OLDEST_VERSION)
            raise MeterNotFound(f"ptdaemon: {identity[:120]}: version {oldest} or later is wanted")
        return identity

    def _ranges(self) -> str:
        answer = self._ask("RR")
        if not answer.startswith("Ranges,"):
            raise MeterLost(f"ptdaemon: {self._at} answers RR with {answer[:80]!r}")
        return answer

    def _parsed(self, line: str) -> SplLine:
        try:
            found = spl_line(line)
            if not math.isfinite(found.watts):
                raise ValueError("watts that are no number")
            return found
        except (ValueError, IndexError, LogInvalid) as error:
            raise MeterLost(f"ptdaemon: {self._at} sent no sample: {line[:80]!r}") from error

    def _ask(self, command: str) -> str:
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(f"{command}\r\n".encode("ascii"))
        except OSError as error:
            raise self._gone(command, error) from error
        return self._line(command)

    def _line(self, command: str = "RL,*,*") -> str:
        end = time.monotonic() + ANSWER_S
        while b"\n" not in self._left:
            try:
                self._socket.settimeout(max(end - time.monotonic(), 0.001))
                more = self._socket.recv(MOST_LINE)
            except OSError as error:
                raise self._gone(command, error) from error
            if not more or len(self._left) > MOST_LINE:
                raise self._gone(command, ConnectionError("it hung up"))
            self._left += more
        line, _, self._left = self._left.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    def _again(self) -> None:
        """Hang up and call again: an answer that comes too late must not be taken for another."""
        self.close()
        try:
            self._connect()
        except MeterNotFound as error:
            raise MeterLost(str(error)) from error
        self._ask("Stop")

    def _gone(self, command: str, error: Exception) -> MeterLost:
        self._is_stale = True
        return MeterLost(
            f"ptdaemon: {self._at} does not answer `{command}` within {ANSWER_S:g} s: "
            f"{type(error).__name__} {error}"
        )


_LATE_NS = 20_000_000
"""PTDaemon may count a sample so much after its stamp."""


def _mean_of(answer: str) -> tuple[int, float]:
    """Read ``Watts,MEAN,MIN,MAX,COUNT,...``."""
    words = answer.split(",")
    try:
        count, mean = int(words[4][:9]), float(words[1])
        if not math.isfinite(mean):
            raise ValueError("watts that are no number")
        return count, mean
    except (ValueError, IndexError) as error:
        raise MeterLost(f"ptdaemon answers Watts with {answer[:80]!r}") from error


def open_ptdaemon(rest: str) -> PtDaemon:
    """Open the PTDaemon at ``//HOST:PORT`` or ``HOST:PORT``."""
    place, options = split_options("ptdaemon", rest, {"period": number})
    host, _, port = place.removeprefix("//").strip("/").partition(":")
    if port and not (port.isdecimal() and int(port[:6]) <= MOST_PORT):
        raise UsageError(f"ptdaemon: {port!r} is no port: ptd://127.0.0.1:8888")
    period_s = options.get("period", PERIOD_S)
    if period_s < LEAST_PERIOD_S:
        raise UsageError(f"ptdaemon: period= is {LEAST_PERIOD_S:g} s or more; MLPerf's is 1")
    return PtDaemon(host or "127.0.0.1", int(port or PORT), period_s)
