"""Cycles and time of an inference, estimated from its instructions by class, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from edgebench.boards.card import TimingCard
from edgebench.firmware.cycles.classes import Classes
from edgebench.firmware.cycles.cores import Core, cycle_table

COVERAGE = 2.23
"""Student's t that cuts off 2.5 % at each end with 10 degrees of freedom: 13 pairs, 3 figures
that they decide."""


@dataclass(frozen=True)
class CycleEstimate:
    """Cycles of one inference; the interval is meant to hold 95 of 100 boards and models.

    Attributes
    ----------
    core
        Whose timing was taken.
    clock_mhz
        By which cycles become time.
    source
        How the core's figures were found.
    """

    cycles: float
    low: float
    high: float
    core: str
    clock_mhz: float
    source: str

    @property
    def time_ms(self) -> float:
        """The cycles as milliseconds."""
        return self.cycles / self.clock_mhz / 1e3

    @property
    def low_ms(self) -> float:
        """The interval's lower end."""
        return self.low / self.clock_mhz / 1e3

    @property
    def high_ms(self) -> float:
        """The interval's upper end."""
        return self.high / self.clock_mhz / 1e3


def modelled_cycles(counts: Classes, core: Core, timing: TimingCard) -> tuple[float, float]:
    """Return the cycles of instructions, and their relative standard deviation."""
    flash = cycle_table().flash
    wait = timing.line_wait_cycles
    parts = [(getattr(counts, name), *figure) for name, figure in core.cycles.items()]
    parts += [
        (counts.data_misses * wait, *flash.data),
        (counts.code_misses * wait, *flash.code),
    ]
    cycles = sum(count * value for count, value, _ in parts)
    spread = sqrt(sum((count * deviation) ** 2 for count, _, deviation in parts))
    left = flash.relative_error if core.fitted else core.relative_error
    return cycles, sqrt(left**2 + (spread / cycles) ** 2) if cycles else left


def estimate(counts: Classes, core: Core, timing: TimingCard) -> CycleEstimate:
    """Return the estimate for one inference."""
    cycles, deviation = modelled_cycles(counts, core, timing)
    factor = 1 + COVERAGE * deviation
    return CycleEstimate(
        cycles, cycles / factor, cycles * factor, core.name, timing.clock_mhz, core.source
    )
