"""run.json: the energy of a performance test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edgebench.rundir.records.base import Record

PARTIAL = "some of the load is not in it"
"""Why a meter that gives no reason of its own gives an estimate."""

VIRTUAL = "virtual:"
"""Begins the name of a meter that is played."""


@dataclass(frozen=True, repr=False)
class EnergyWindow(Record):
    """A stretch of time on the host's clock, which power/samples.npz is on as well."""

    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, repr=False)
class MeterLimit(Record):
    """One of a meter's own limits of error: a part of the reading, or watts."""

    name: str
    of_reading: float = 0.0
    offset_w: float = 0.0
    kind: str = ""


@dataclass(frozen=True, repr=False)
class MeterAccuracyRecord(Record):
    """A meter's limits of error, as its maker states them: `edgebench.types.Accuracy`."""

    of_reading: float = 0.0
    offset_w: float = 0.0
    source: str = ""
    others: tuple[MeterLimit, ...] = ()


@dataclass(frozen=True, repr=False)
class MeterRecord(Record):
    """The meter that was read: `edgebench.types.MeterDescription`, whose fields it has.

    What older runs lack has a default; None says that a run does not state it.
    """

    name: str
    detail: str = ""
    channels: tuple[str, ...] = ()
    period_s: float | None = None
    counts_energy: bool = False
    accuracy: MeterAccuracyRecord | None = None
    is_estimate: bool = False
    clock: Literal["host", "meter"] = "host"
    poll_s: float | None = None
    can_restart: bool = True
    serial: str = ""
    firmware: str = ""
    range: str = ""
    averages: bool = False
    shunts_ohm: dict[str, float] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    aperture_s: float = 0.0
    is_played: bool | None = None
    estimate_reason: str = ""
    marker_input: str = ""
    holds: bool = False
    measured_at: str | None = None


@dataclass(frozen=True, repr=False)
class EnergyRecord(Record):
    """Energy of the performance test, between LoadGen's power_begin and power_end; of a device, of
    the trial of MLPerf Tiny's energy mode that has the median.

    ``uncertainty_j`` is expanded: the true value lies within it in 95 of 100 cases. It is
    ``coverage_factor`` times the standard uncertainty, whose sources are ``parts_j``; without the
    meter's accuracy only the others are known, and ``uncertainty_j`` is None.
    ``repeat_uncertainty_j`` is what repeats with one meter may differ by: expanded, without the
    meter's own limits. ``net_`` is without what the idle machine takes. ``checker_figure`` is what
    MLPerf's submission checker makes of power/spl.txt, in ``checker_unit``. ``problem`` says why
    figures are missing, or that the meter was lost; ``advice`` how to measure with less
    uncertainty. ``clock`` is how the meter's clock lay on the host's, with bounds.
    """

    meter: MeterRecord
    problem: str = ""
    window_s: float | None = None
    energy_j: float | None = None
    uncertainty_j: float | None = None
    parts_j: dict[str, float] = field(default_factory=dict)
    average_w: float | None = None
    peak_w: float | None = None
    idle_w: float | None = None
    net_energy_j: float | None = None
    inferences: int | None = None
    per_inference_j: float | None = None
    net_per_inference_j: float | None = None
    inferences_per_j: float | None = None
    energy_delay_js: float | None = None
    checker_figure: float | None = None
    checker_unit: str = ""
    samples: int = 0
    lost_samples: int = 0
    clock: dict[str, float] | None = None
    reading_cpu_share: float | None = None
    windows: tuple[EnergyWindow, ...] = ()
    coverage_factor: float | None = None
    repeat_uncertainty_j: float | None = None
    net_uncertainty_j: float | None = None
    advice: str = ""

    @property
    def meter_name(self) -> str:
        """The meter's own name."""
        return self.meter.name

    @property
    def is_estimate(self) -> bool:
        """Whether the meter does not see all of the load."""
        return self.meter.is_estimate

    @property
    def is_played(self) -> bool:
        """Whether a virtual meter gave it, whose power is of no load."""
        # Runs of 0.1 and earlier have the meter's name alone.
        said = self.meter.is_played
        return self.meter.name.startswith(VIRTUAL) if said is None else said

    @property
    def estimate_reason(self) -> str:
        """Why it is an estimate, as the meter says."""
        return self.meter.estimate_reason or PARTIAL

    @property
    def meter_limits(self) -> tuple[MeterLimit, ...]:
        """The meter's own limits of error; none where its accuracy is not stated."""
        accuracy = self.meter.accuracy or MeterAccuracyRecord()
        return (MeterLimit("meter", accuracy.of_reading, accuracy.offset_w), *accuracy.others)

    @property
    def uncertainty_share(self) -> float | None:
        """The expanded uncertainty as a part of the energy."""
        if not self.energy_j or self.uncertainty_j is None:
            return None
        return self.uncertainty_j / abs(self.energy_j)
