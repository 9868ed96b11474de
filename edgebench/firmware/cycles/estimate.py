"""Cycles and time of an inference, estimated from its instructions by class, with an interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from edgebench.boards.card import TimingCard
from edgebench.datasets.log_mel import HOP_SAMPLES, SAMPLE_RATE_HZ
from edgebench.firmware.cycles.classes import Classes
from edgebench.firmware.cycles.cores import Core, Flash, cycle_table
from edgebench.firmware.cycles.corrections import Correction
from edgebench.rundir.records.device import EstimateRecord
from edgebench.statistics.gum import NORMAL_COVERAGE, student

FRAME_US = HOP_SAMPLES / SAMPLE_RATE_HZ * 1e6

BOUNDS: Mapping[str, tuple[str, ...]] = {
    "memory": (
        *("single_loads", "load_runs", "multi_words", "multiples", "stores"),
        *("vector_loads", "vector_stores"),
    ),
    "multiplications": (
        *("multiplies", "long_multiplies", "simd_macs", "vector_macs", "float_ops"),
        "divides",
    ),
    "branches": ("blocks", "taken_branches"),
}
"""Classes of instructions by what limits a layer; the rest is other instructions."""
INSTRUCTIONS = frozenset(
    (
        *("single_loads", "multiples", "stores", "vector_loads", "vector_stores", "multiplies"),
        *("long_multiplies", "simd_macs", "vector_macs", "float_ops", "divides", "blocks"),
    )
)
"""Classes that are instructions of their own; a block ends with one that may branch."""
FLASH, OTHER = "flash", "other"


@dataclass(frozen=True)
class Bound:
    """The part that takes most of a layer's modelled cycles, and its share of all."""

    name: str
    share: float


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
    corrected_by
        How many measurements of a board of the kind it was corrected by.
    """

    cycles: float
    low: float
    high: float
    core: str
    clock_mhz: float
    source: str
    corrected_by: int = 0

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

    def record(self) -> EstimateRecord:
        """Return it as run.json has it."""
        return EstimateRecord(
            core=self.core,
            clock_mhz=self.clock_mhz,
            cycles=self.cycles,
            low_cycles=self.low,
            high_cycles=self.high,
            time_ns=self.time_ms * 1e6,
            low_ns=self.low_ms * 1e6,
            high_ns=self.high_ms * 1e6,
            source=self.source,
            corrected_by=self.corrected_by,
        )


@dataclass(frozen=True)
class FrameEstimate:
    """A frame of a streaming wake word: its features, and these with the model.

    Attributes
    ----------
    features_instructions, model_instructions
        As an emulator executed them.
    whole
        Features and model; a detector's few other instructions are left out.
    """

    features_instructions: float
    model_instructions: float
    features: CycleEstimate
    whole: CycleEstimate

    def share(self, cycles: float) -> float:
        """Return which share of a frame's time so many cycles are."""
        return cycles / self.whole.clock_mhz / FRAME_US


def estimate(
    counts: Classes,
    core: Core,
    timing: TimingCard,
    flash: Flash | None = None,
    correction: Correction | None = None,
) -> CycleEstimate:
    """Return the estimate for one inference.

    Parameters
    ----------
    correction
        By measurements of the board, see `_error_left`.
    flash
        In place of what comes with edgebench, when its figures are fitted.
    """
    waits = flash or cycle_table().flash
    parts = [(getattr(counts, name), *figure) for name, figure in core.cycles.items()]
    parts.append((counts.data_misses * timing.line_wait_cycles, *waits.data))
    parts.append((counts.code_misses * timing.line_wait_cycles, *waits.code))
    cycles = sum(count * value for count, value, _ in parts)
    spread = sqrt(sum((count * deviation) ** 2 for count, _, deviation in parts))
    left = _error_left(core, waits, correction)
    factor = 1 + _coverage(waits) * sqrt(left**2 + (spread / cycles) ** 2 if cycles else left**2)
    cycles *= correction.ratio if correction else 1.0
    return CycleEstimate(
        cycles,
        cycles / factor,
        cycles * factor,
        core.name,
        timing.clock_mhz,
        core.source,
        correction.measurements if correction else 0,
    )


def _coverage(fit: Flash) -> float:
    """Return how many standard deviations of a fit to few results an interval of 95 % needs."""
    return NORMAL_COVERAGE * student(fit.pairs - fit.figures)


def _error_left(core: Core, waits: Flash, correction: Correction | None) -> float:
    """Return one relative standard deviation of what the classes do not explain.

    One measurement does not say how much models differ on the board, so the core's own error stays;
    each more counts against it by its scatter. It gets no smaller than that of a fit.
    """
    own = waits.relative_error if core.fitted else core.relative_error
    if correction is None or correction.measurements < 2:
        return own
    count = correction.measurements
    scatter = (own**2 + (count - 1) * correction.scatter**2) / count
    return max(waits.relative_error, sqrt(scatter * (1 + 1 / count)))


def bound_of(counts: Classes, core: Core, timing: TimingCard) -> Bound:
    """Return what most of the modelled cycles go to."""
    flash, base = cycle_table().flash, core.cycles["instructions"][0]
    wait = timing.line_wait_cycles

    def cycles(name: str) -> float:
        value = core.cycles.get(name, (0.0, 0.0))[0] + (base if name in INSTRUCTIONS else 0.0)
        return float(getattr(counts, name)) * value

    parts = {bound: sum(map(cycles, names)) for bound, names in BOUNDS.items()}
    others = sum(getattr(counts, name) for name in INSTRUCTIONS)
    parts[OTHER] = base * max(0.0, counts.instructions - others)
    parts[FLASH] = wait * (counts.data_misses * flash.data[0] + counts.code_misses * flash.code[0])
    name = max(parts, key=lambda each: parts[each])
    return Bound(name, parts[name] / (sum(parts.values()) or 1.0))
