"""An analyzer behind SPEC's PTDaemon.

PTDaemon runs on the computer that has the analyzer, and is asked in lines over TCP: ``Hello``,
``Identify``, ``RR``, ``SR,V|A,Auto|VALUE``, ``Go,1000,0,MARK``, ``Watts``, ``Stop``, ``RL,*,*``.
An analyzer of one channel knows ``RL`` only, one of direct current ``DC-RL``. Samples have the time
of its computer. Source: the logs of published MLPerf power runs, and MLCommons' power-dev.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.mlperf.power.spl import SplLine
from edgebench.power.acquisition.connections.opening import opening
from edgebench.power.description import Accuracy, MeterDescription
from edgebench.power.meters.ptdaemon.answers import (
    Poll,
    beyond_ranges,
    check_identity,
    logged_samples,
    mean_of,
    polled_samples,
    ranges_of,
    sample_of,
    uncertainty_of,
)
from edgebench.power.meters.ptdaemon.connection import PtdConnection
from edgebench.power.samples import PowerSamples

LOG_S = 60.0
POLL_PERIODS = 0.23
"""No part of the period: each poll then bounds PTDaemon's clock elsewhere."""
LOGS = ("RL,*,*", "RL", "DC-RL")
"""The command for all samples: of several channels, of one, of direct current."""
REFUSED = ("Invalid number of parameters", "Unknown command")
FALL = 0.5
"""A sum of samples that is less than this part of the one before is no rounding of their mean."""
LIMITS = Accuracy(0.01, 0.0, "SPEC accepts analyzers of 1 % or better; PTDaemon reported nothing")


class PtDaemon(CloseOnExit):
    """A `PowerMeter` whose ranges can be set (`Ranging`)."""

    def __init__(self, connection: PtdConnection, period_s: float) -> None:
        self._connection, self._period_s = connection, period_s
        self._at = connection.address
        with opening(self.close, f": is it PTDaemon that listens at {self._at}?"):
            identity = self._identify()
            self._initial = self._ranges()
        self._mark = "edgebench"
        self._polls: list[Poll] = []
        self._asked_ns = 0
        self._live: list[tuple[int, float]] = []
        self._total = (0, 0.0)
        self._failure: MeterLost | None = None
        self._largest = (0.0, 0.0)
        self._uncertainty = ""
        self._stated: Accuracy | None = LIMITS
        self._is_ranged = False
        version = re.search(r"version=([^,]*)", identity)
        self.description = MeterDescription(
            name="ptdaemon",
            detail=identity,
            channels=("sum",),
            period_s=period_s,
            counts_energy=False,
            averages=True,
            accuracy=LIMITS,
            clock="meter",
            poll_s=POLL_PERIODS * period_s,
            firmware=f"PTDaemon {version[1]}" if version else "",
            range=self._initial,
        )

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def start(self) -> None:
        """Send it the command to go."""
        self._polls, self._live, self._total = [], [], (0, 0.0)
        self._failure, self._largest = None, (0.0, 0.0)
        if self._connection.is_stale:
            self._connection.again()
            self._connection.ask("Stop")
        self._asked_ns = now_ns()
        answer = self._connection.ask(f"Go,{round(self._period_s * 1000)},0,{self._mark}")
        if not answer.startswith("Starting"):
            raise MeterLost(f"ptdaemon: {self._at} does not start: {answer[:120]}")

    def read(self) -> PowerSamples:
        """Ask how many samples there are; they come at the end, with PTDaemon's own times."""
        if self._failure is not None:
            raise self._failure
        asked = now_ns()
        try:
            answer = self._connection.ask("Watts")
        except MeterLost as error:
            # What is known of them is handed over now; the next read reports the loss.
            self._failure = error
            return self._known_live()
        count, mean = mean_of(answer)
        now = now_ns()
        self._polls.append((count, asked, now))
        before, joules = self._total
        if count < before or mean * count < FALL * joules:
            self._failure = MeterLost(
                f"ptdaemon: {self._at}: its count fell from {before} samples ({joules:.6g} W in "
                f"all) to {count} ({mean * count:.6g} W): another program has started it again"
            )
            return self._known_live()
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
            self._connection.ask("Stop")
            self._take_uncertainty(self._connection.ask("Uncertainty"))
            faults = self._beyond_ranges()
            self._fetch_log(lines)
        except MeterLost as error:
            # What came, or else what the polls reported, is better than nothing.
            faults = (*faults, f"its samples were not all handed over: {error}")
            if not lines:
                return replace(self._known_live(), faults=faults)
        if not lines:
            return PowerSamples.none()
        self._largest = (max(line.volts for line in lines), max(line.amps for line in lines))
        return replace(logged_samples(lines, self._asked_ns, self._polls), faults=faults)

    def _take_uncertainty(self, answer: str) -> None:
        """Take what PTDaemon states of this measurement, unless the user has stated it."""
        self._uncertainty = answer
        if self.description.accuracy != self._stated:
            return
        share = uncertainty_of(answer)
        source = "PTDaemon's own statement of this measurement"
        self._stated = None if share is None else Accuracy(share, 0.0, source)
        self.description = replace(self.description, accuracy=self._stated)

    def _fetch_log(self, lines: list[SplLine]) -> None:
        """Append every sample to lines: those that came are kept if it fails."""
        answer = ""
        for command in LOGS:
            answer = self._connection.ask(command)
            if not answer.startswith(REFUSED):
                break
        found = re.match(r"Last (\d{1,6}) samples", answer)
        if found is None:
            raise MeterLost(f"ptdaemon: {self._at} hands over no samples: {answer[:120]}")
        end = time.monotonic() + LOG_S
        for _ in range(int(found[1])):
            lines.append(sample_of(self._at, self._connection.line(command)))
            if time.monotonic() > end:
                raise MeterLost(f"ptdaemon: {self._at} takes more than {LOG_S:g} s for its log")

    def mark(self, name: str) -> None:
        """Name the next measurement: its lines carry it."""
        self._mark = re.sub(r"[^A-Za-z0-9_.-]", "_", name)

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes of the last measurement."""
        return self._largest

    def give_back(self) -> None:
        """Set the ranges that it had when it was opened."""
        self.set_ranges(*ranges_of(self._initial))

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges; None for automatic ones."""
        self._is_ranged = volts_v is not None or amps_a is not None
        for letter, value in (("V", volts_v), ("A", amps_a)):
            text = "Auto" if value is None else f"{value:.6f}"
            answer = self._connection.ask(f"SR,{letter},{text}")
            if "changed" not in answer:
                raise MeterLost(f"ptdaemon: {self._at} does not set range {letter}: {answer[:120]}")

    def _beyond_ranges(self) -> tuple[str, ...]:
        """Return a word if PTDaemon counts samples beyond the ranges that were set."""
        beyond = beyond_ranges(self._connection.ask("Watts"))
        return (f"{beyond} samples were beyond its range",) if beyond and self._is_ranged else ()

    def reported(self) -> Mapping[str, str]:
        """Return what it reported about itself, for the record of a power session."""
        return {
            "address": self._at,
            "identity": self.description.detail,
            "initial_ranges": self._initial,
            "uncertainty": self._uncertainty,
        }

    def _known_live(self) -> PowerSamples:
        return polled_samples(self._live, self._period_s)

    def _identify(self) -> str:
        hello = self._connection.ask("Hello")
        if "PTDaemon" not in hello:
            raise MeterNotFound(f"ptdaemon: {self._at} says {hello[:60]!r}, not as PTDaemon does")
        identity = self._connection.ask("Identify")
        check_identity(self._at, identity)
        return identity

    def _ranges(self) -> str:
        answer = self._connection.ask("RR")
        if not answer.startswith("Ranges,"):
            raise MeterLost(f"ptdaemon: {self._at} answers RR with {answer[:80]!r}")
        return answer
