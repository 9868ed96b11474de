"""run.json: what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgebench.mlperf.scenarios import ModeName, Pace, ScenarioName
from edgebench.rundir.records.base import Record
from edgebench.runtime_settings import RuntimeSettings


@dataclass(frozen=True, repr=False)
class DeviceRequestRecord(Record):
    """How a serial device was to be talked to: `edgebench.types.DeviceRequest`."""

    port: str
    baud: int = 115200
    fast_baud: int | None = None
    reset: str = "open"
    verify: str = "auto"
    retries: int = 5
    inject: tuple[str, ...] = ()
    extensions: bool = True
    optimize: str = "balanced"
    host_timed: bool = False
    emulator_clock: bool = False
    input_format: str = "auto"
    timeout_s: float | None = None
    benchmark: str | None = None
    interface: str | None = None
    engine: str = "edgebench"


@dataclass(frozen=True, repr=False)
class RequestRecord(Record):
    """The request of a run, with what was decided where nothing was given.

    The fields are those of `edgebench.types.RunRequest`, and so are the defaults, which a field has
    that an older run.json lacks; but `scenarios` and `modes` are empty there, and `pace` is None.
    """

    model: str | None = None
    scenarios: tuple[ScenarioName, ...] = ()
    modes: tuple[ModeName, ...] = ()
    settings: RuntimeSettings = field(default_factory=RuntimeSettings)
    dataset: str | None = None
    signature: str | None = None
    until: str | None = None
    shape: dict[str, tuple[int, ...]] = field(default_factory=dict)
    query_size: str | None = None
    duration_s: float | None = None
    official: bool = False
    round: str | None = None
    warmup_s: float = 1.0
    target_qps: float | None = None
    latency_bound_ms: float | None = None
    find_peak: bool = False
    device: DeviceRequestRecord | None = None
    power: str | None = None
    supply_v: float | None = None
    meter_accuracy: float | None = None
    idle_s: float = 2.0
    frequency_mhz: float | None = None
    stream: str | None = None
    pace: Pace | None = None
