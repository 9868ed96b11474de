"""Sessions with meters that are played, whose true energy is known."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from edgebench.clock import now_ns
from edgebench.errors import MeterLost
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.energy import Energy, energy_between
from edgebench.power.open import open_meter
from edgebench.power.traces.trace import PowerTrace
from edgebench.virtual.meters.kinds import kind_of
from edgebench.virtual.meters.waveform import Waveform

MARK_S = 0.25
DEADLINE_S = 120.0
LEAST_BEYOND = 3
"""Samples outside the session on either side: a busy machine may read the first of them late."""
LATE_S = 3.0
"""No longer than this: some meters give nothing until the end, or nothing at all."""
ONE_WINDOW = 2.0
"""A single live window may be off by so many uncertainties: one in twenty is by more than one."""


@dataclass(frozen=True)
class Session:
    """What a meter that is played gave, and between which moments it was left alone."""

    name: str
    seed: int
    trace: PowerTrace
    lost: MeterLost | None
    start_ns: int
    end_ns: int

    @property
    def waveform(self) -> Waveform:
        """What it measured."""
        return Waveform.of(self.seed, kind_of(self.name).scale_w)

    def windows(self, count: int) -> list[tuple[Energy, float]]:
        """Return energies of windows of the host's clock, each with the true one."""
        rng = np.random.default_rng(self.seed)
        span = self.end_ns - self.start_ns
        found = []
        for _ in range(count):
            begin = self.start_ns + int(rng.uniform(0, 0.3) * span)
            end = self.end_ns - int(rng.uniform(0, 0.3) * span)
            true = self.waveform.energy_j(begin, end)
            found.append((energy_between(self.trace, begin, end), true))
        return found

    def whole(self) -> tuple[Energy, float]:
        """Return the energy of all of it, with the true one."""
        true = self.waveform.energy_j(self.start_ns, self.end_ns)
        return energy_between(self.trace, self.start_ns, self.end_ns), true

    def windows_by_marks(self) -> list[tuple[Energy, float]]:
        """Return energies between every two marks that are far apart, each with the true one."""
        marks = self.trace.samples.marks_ns
        every = round(MARK_S * 1e9)
        found = []
        for first in range(0 if marks is None else len(marks)):
            for last in range(first + 3, len(marks)):  # type: ignore[arg-type]
                ends = [int(marks[each]) for each in (first, last)]  # type: ignore[index]
                begin, end = (round(each / every) * every for each in ends)
                energy = energy_between(self.trace, *ends, by_marks=True)
                found.append((energy, self.waveform.energy_j(begin, end)))
        return found


def session(name: str, seed: int, seconds: float, options: str = "") -> Session:
    """Read a meter that is played for some seconds."""
    with open_meter(f"virtual:{name},seed={seed}{options}") as meter:
        margin_s = 0.15 + 2 * meter.description.period_s
        with MeterReader(meter) as reader:
            _wait(reader, margin_s)
            start = now_ns()
            time.sleep(seconds)
            end = now_ns()
            _wait(reader, margin_s)
    return Session(name, seed, reader.trace(), reader.lost, start, end)


def _wait(reader: MeterReader, least_s: float) -> None:
    """Wait for some time, and for some samples of that time, or until the meter is lost."""
    wanted = reader.count + LEAST_BEYOND
    deadline_s = time.monotonic() + LATE_S
    time.sleep(least_s)
    while reader.count < wanted and reader.lost is None and time.monotonic() < deadline_s:
        time.sleep(least_s / 10)


def sessions(wanted: Sequence[tuple[str, int, float, str]]) -> list[Session]:
    """Hold several sessions at once, all of which must end by themselves."""
    with ThreadPoolExecutor(len(wanted)) as pool:
        futures = [pool.submit(session, *each) for each in wanted]
        return [future.result(timeout=DEADLINE_S) for future in futures]
