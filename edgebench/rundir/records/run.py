"""run.json: what was asked, what ran, what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from edgebench.mlperf.scenarios import scenario_called
from edgebench.rundir.records.accuracy import AccuracyRecord
from edgebench.rundir.records.base import Record
from edgebench.rundir.records.device import (
    DeviceRecord,
    EstimateRecord,
    ImageRecord,
    ReferenceRecord,
    TinyEnergyRecord,
    TinyRecord,
)
from edgebench.rundir.records.drift import DriftRecord
from edgebench.rundir.records.energy import EnergyRecord
from edgebench.rundir.records.request import RequestRecord
from edgebench.rundir.records.stream import StreamRecord
from edgebench.rundir.records.sut import SutDescription

FORMAT = 2
"""What run.json says under ``format``; `edgebench.rundir.format_1` upgrades older ones."""


Verdict = Literal["VALID", "INVALID", "partial", "none"]


@dataclass(frozen=True, repr=False)
class ModelRecord(Record):
    """The model that ran.

    ``signature`` is the one that was measured, empty if the model has none; ``inputs`` are the
    shapes that it was measured at, by the names of the signature, with a batch of 1.
    ``sha256`` and ``size_bytes`` cover files that it keeps its weights in (of an .onnx).
    ``measured_as`` says both where there was a choice: a signature of several, an open shape.
    """

    name: str
    variant: str
    file: str
    sha256: str
    size_bytes: int
    macs: int
    has_card: bool
    signature: str = ""
    measured_as: str = ""
    inputs: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class DatasetRecord(Record):
    """The data that it ran on; ``limits`` says what an accuracy on them does not tell.

    ``query_size`` is set where every sample was a query of several items, ``items_per_query`` on
    average. Of a click log, ``reuse`` has the share of lookups that take one of the last N distinct
    rows of their table, by N, in the order of the data; see `PerformanceRecord.reuse`.
    """

    name: str
    samples: int
    sha256: str
    source: str
    limits: str
    is_random: bool
    query_size: str = ""
    items_per_query: float = 1.0
    reuse: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class OverheadRecord(Record):
    """The time that the harness added to the inferences themselves.

    ``overhead_ns`` a query is LoadGen's (or the lane's) median less the median of the time in
    ``invoke()``; ``share`` is that as a part of LoadGen's median, or, Offline, the part of the
    instances' time that was not spent in ``invoke()``. ``invoke_p50_ns`` is that median; Offline
    the mean of a sample.
    """

    kind: str
    invoke_p50_ns: int
    overhead_ns: int
    share: float


@dataclass(frozen=True, repr=False)
class DeviceTimedRecord(Record):
    """A serial device's own timing in the same test; its latencies don't hold the line's time."""

    latency_ns: dict[str, int]
    samples_per_second: float
    inferences: int
    generator: str


@dataclass(frozen=True, repr=False)
class SeriesTest(Record):
    """One test of a series: where its logs are, and its figures as LoadGen states them."""

    folder: str
    valid: bool
    score: float
    query_count: int
    samples_per_second: float
    p50_ns: int
    p90_ns: int
    p99_ns: int


@dataclass(frozen=True, repr=False)
class PerformanceRecord(Record):
    """A performance test as LoadGen states it, and our own inner timing of the same queries.

    Where it was made of several, ``series`` has all of them in their order, and the rest is of
    the one that has the median score (Server: the median p99 latency). Of a click log, ``reuse``
    has the share of lookups that take one of the last N distinct rows of their table, by N, in the
    order in which LoadGen drew the samples of this test.
    """

    valid: bool
    reasons: tuple[str, ...]
    score: float
    score_name: str
    unit: str
    lower_is_better: bool
    samples_per_second: float
    query_count: int
    sample_count: int
    duration_s: float
    latency_ns: dict[str, int]
    overhead: OverheadRecord
    others_cpu_share: float | None
    target_qps: float | None = None
    latency_bound_ms: float | None = None
    device_timed: DeviceTimedRecord | None = None
    series: tuple[SeriesTest, ...] = ()
    reuse: dict[str, float] = field(default_factory=dict)

    @property
    def queries_of_all_tests(self) -> int:
        """How many queries the measurement had, of all tests of its series."""
        return sum(test.query_count for test in self.series) or self.query_count


@dataclass(frozen=True, repr=False)
class AuditRecord(Record):
    """A compliance audit's verdict.

    ``compared`` names what ``reference_score`` and ``score`` are of.
    ``gains`` has what the audited run gained over the measured one (0.1: 10 % better), and,
    where that was out of tolerance, over four more pairs run back to back; ``gain`` is their
    median.
    """

    name: str
    finds: str
    passed: bool
    reason: str
    reference_score: float
    score: float
    gain: float
    tolerance: float
    gains: tuple[float, ...] = ()
    answers_compared: int = 0
    answers_different: int = 0
    compared: str = ""


@dataclass(frozen=True, repr=False)
class PeakStep(Record):
    """One rate that the search for the peak tried."""

    target_qps: float
    met: bool
    p99_ns: int
    folder: str


@dataclass(repr=False)
class RunRecord(Record):
    """All of run.json; ``limited``: a CPU quota or a memory limit held the run up.

    ``state`` is ``partial`` until every mode that was asked for is done.
    """

    edgebench_version: str
    session: str
    started: str
    request: RequestRecord
    model: ModelRecord
    dataset: DatasetRecord
    sut: SutDescription
    scenario: str
    quick: bool
    clock: str
    generator: str = ""
    state: Literal["partial", "complete"] = "partial"
    finished: str = ""
    calibration: dict[str, float] = field(default_factory=dict)
    performance: PerformanceRecord | None = None
    accuracy: AccuracyRecord | None = None
    compliance: list[AuditRecord] = field(default_factory=list)
    peak_search: list[PeakStep] = field(default_factory=list)
    device: DeviceRecord | None = None
    image: ImageRecord | None = None
    tiny: TinyRecord | None = None
    reference: ReferenceRecord | None = None
    energy: EnergyRecord | None = None
    tiny_energy: TinyEnergyRecord | None = None
    stream: StreamRecord | None = None
    drift: list[DriftRecord] = field(default_factory=list)
    limited: bool = False
    warnings: list[str] = field(default_factory=list)
    events: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_one_query(self) -> bool:
        """Whether the only query is the whole test, as Offline: then its latency says nothing."""
        return scenario_called(self.scenario).samples_per_query == 0

    @property
    def query_latency_ns(self) -> Mapping[str, int]:
        """LoadGen's percentiles of a query's latency; empty where the only query is the test."""
        if self.performance is None or self.is_one_query:
            return {}
        return self.performance.latency_ns

    @property
    def query_overhead_ns(self) -> int | None:
        """The time that the harness, or a device's line, added to a query's median latency."""
        if self.performance is None or self.is_one_query:
            return None
        return self.performance.overhead.overhead_ns

    @property
    def device_timed(self) -> DeviceTimedRecord | None:
        """A device's own timing of the same inferences."""
        return self.performance.device_timed if self.performance and self.device else None

    @property
    def own_latency_ns(self) -> Mapping[str, int]:
        """Percentiles by the clock that is next to the model: a device's own, where it has one."""
        if self.device is None:
            return self.query_latency_ns
        # Those that the device was not asked for are LoadGen's, but no rare one: the line's.
        by_loadgen = {name: self.query_latency_ns.get(name) for name in ("p50", "p90")}
        timed = self.device_timed.latency_ns if self.device_timed else {}
        found = {name: timed.get(name, value) for name, value in by_loadgen.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def own_samples_per_second(self) -> float | None:
        """The throughput by that clock."""
        if self.device_timed is not None:
            return self.device_timed.samples_per_second
        return self.performance.samples_per_second if self.performance else None

    @property
    def instructions_per_inference(self) -> float | None:
        """The count of an emulator's clock; then none of a device's figures is a time."""
        return self.image.instructions_per_inference if self.image else None

    @property
    def estimate(self) -> EstimateRecord | None:
        """The time that an inference is estimated to take on the board that was emulated."""
        return self.image.estimate if self.image else None

    @property
    def items_per_second(self) -> float | None:
        """Items of queries that have several; None where a sample is one input."""
        if self.performance is None or not self.dataset.query_size:
            return None
        return self.performance.samples_per_second * self.dataset.items_per_query

    @property
    def valid(self) -> bool:
        """Whether everything that was measured stands: LoadGen's verdict and the audits'."""
        performance = self.performance is None or self.performance.valid
        return performance and all(audit.passed for audit in self.compliance)

    @property
    def verdict(self) -> Verdict:
        """``VALID`` or ``INVALID``; ``partial`` if interrupted, ``none`` without performance."""
        if self.state != "complete":
            return "partial"
        if self.performance is None:
            return "none"
        return "VALID" if self.valid else "INVALID"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's own types: what run.json has."""
        return {"format": FORMAT, **super().to_dict()}

    @property
    def reservations(self) -> str:
        """The text that follows the verdict: ``, quick`` and ``, limited``."""
        return (", quick" if self.quick else "") + (", limited" if self.limited else "")

    @property
    def headline(self) -> str:
        """The model, scenario and verdict: ``kws-ds-cnn:int8 SingleStream, VALID, quick``."""
        model = f"{self.model.name}:{self.model.variant}".rstrip(":")
        return f"{model} {self.scenario}, {self.verdict}{self.reservations}"

    def __repr__(self) -> str:
        """Show what ran and how it ended."""
        return f"<RunRecord: {self.headline}>"
