"""Requests of a run, checked before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from edgebench.errors import RequestInvalid, UsageError
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request_defaults import (
    DEFAULT_MODES,
    DEFAULT_SCENARIOS,
    DEVICE_SCENARIOS,
    IDLE_S,
    WARMUP_S,
)
from edgebench.harness.request_rules import check_request
from edgebench.mlperf.scenarios import ModeName, Pace, ScenarioName
from edgebench.rundir.records.request import RequestRecord
from edgebench.runtime_settings import InstanceKind, RuntimeSettings, setting_types
from edgebench.text.json_text import JsonDamaged, finite, parse_json
from edgebench.text.typed_json import TypedJsonError, structure, unknown_key

NOT_GIVEN: Any = None
"""What a field is until the request resolves it."""
KIND_OF_INSTANCES: Mapping[ScenarioName, InstanceKind] = {
    "singlestream": "threads",
    "multistream": "threads",
    "server": "threads",
    "offline": "processes",
}
"""What serves each scenario better, by benchmarks/instances.py: a process has to be woken up and
waited for, which Offline does for many samples at a time; there Python's lock costs threads more.
"""


@dataclass(frozen=True)
class RunRequest:
    """A run that is asked for.

    Attributes
    ----------
    model, dataset
        As `resolve_model` and `load_dataset` take them; without a model, `DEFAULT_MODEL`, or what
        the device says; without a dataset, the card's own.
    scenarios, modes
        Not given: both are resolved when the request is made, and are what was decided then.
    signature
        The model's signature to measure; None: ``serving_default`` if it has that, else its first.
    until
        The op before which the model ends, by its number or its name; None: it is whole.
    shape
        The shapes of inputs that the model leaves open, by name (an empty one: the only input),
        with a batch of 1. What is not given is taken from the data.
    settings
        How the runtime is set.
    device
        A serial device to be measured instead of this machine.
    official
        MLPerf's own settings: 600 s, the round's seeds, its query counts.
    round
        The round whose seeds an official run has, such as ``v6.0``; None: the one that the
        installed LoadGen has built in.
    duration_s
        The least duration of a performance test when it is not official; without one about 10 s,
        in several tests where one would need much memory: `settings.series_of`.
    query_size
        Every query is of several samples: ``16``, or ``lognormal:MEDIAN,SIGMA``; see
        `edgebench.datasets.queries`.
    target_qps, latency_bound_ms
        Server only: the rate of arrivals, and the bound that 99 % of latencies must hold.
        Without them they are derived from the calibration: `settings.server_load`.
    find_peak
        Server only: search the largest rate that holds the bound.
    frequency_mhz
        What the processors' clock is held at; None leaves it alone.
    power, supply_v, meter_accuracy
        A meter, what it supplies, and its limit of error relative to its reading, as
        `edgebench.power.open.open_meter` takes them.
    idle_s
        For how long the idle machine's power is measured, before and after; at least 12 samples.
    stream
        A recording that is streamed to the model, or the definition of its test; see
        `edgebench.datasets.stream`.
    pace
        Whether its frames come as fast as they were recorded, or as they are answered. Not given:
        in real time, but for a device, whose line is too slow for that.
    """

    model: str | None = None
    scenarios: tuple[ScenarioName, ...] = NOT_GIVEN
    modes: tuple[ModeName, ...] = NOT_GIVEN
    settings: RuntimeSettings = field(default_factory=RuntimeSettings)
    dataset: str | None = None
    signature: str | None = None
    until: str | None = None
    shape: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    query_size: str | None = None
    duration_s: float | None = None
    official: bool = False
    round: str | None = None
    warmup_s: float = WARMUP_S
    target_qps: float | None = None
    latency_bound_ms: float | None = None
    find_peak: bool = False
    device: DeviceRequest | None = None
    power: str | None = None
    supply_v: float | None = None
    meter_accuracy: float | None = None
    idle_s: float = IDLE_S
    frequency_mhz: float | None = None
    stream: str | None = None
    pace: Pace = NOT_GIVEN

    def __post_init__(self) -> None:
        self._resolve()
        check_request(self)
        for name in ("scenarios", "modes"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))

    def _resolve(self) -> None:
        """Decide what was not given: a device has its own scenario, and energy as a mode."""
        on_a_line = self.device is not None and self.device.interface is None
        is_single = self.device is not None or self.stream is not None
        on_a_device = self.device is not None
        modes = (*DEFAULT_MODES, "energy") if on_a_device and self.power else DEFAULT_MODES
        for name, usual in (
            ("scenarios", DEVICE_SCENARIOS if is_single else DEFAULT_SCENARIOS),
            ("modes", modes),
            ("pace", "accelerated" if on_a_line else "real-time"),
        ):
            if getattr(self, name) is None:
                object.__setattr__(self, name, usual)

    def settings_for(self, scenario: ScenarioName) -> RuntimeSettings:
        """Return the settings that the system under test is opened with for a scenario."""
        if self.settings.instance_kind != "auto":
            return self.settings
        kind = KIND_OF_INSTANCES[scenario] if self.settings.instances > 1 else "threads"
        return replace(self.settings, instance_kind=kind)

    def check_here(self) -> None:
        """Check what depends on this machine: a request may have been made on another one.

        Raises
        ------
        UsageError
            If the CPUs that it names can't be used here.
        """
        allowed = os.sched_getaffinity(0)
        missing = [cpu for cpu in self.settings.affinity if cpu not in allowed]
        if missing:
            raise UsageError(
                f"CPU {missing[0]} can't be used here; `affinity` may name "
                f"{', '.join(map(str, sorted(allowed)))}",
                field="affinity",
                value=self.settings.affinity,
            )

    def to_json(self) -> dict[str, Any]:
        """Return it as run.json keeps it and `request_from_json` takes it."""
        values: dict[str, Any] = finite(asdict(self))
        return values

    def to_record(self) -> RequestRecord:
        """Return it as the record of a run has it."""
        return structure(RequestRecord, self.to_json())


FLAT_FIELDS = (
    *(each.name for each in fields(RunRequest) if each.name != "settings"),
    *setting_types(),
)
"""Names that `split_flat` knows."""


def request_from_json(values: Mapping[str, Any], where: str = "the request") -> RunRequest:
    """Make a request of JSON's values; what is left out is not given.

    Parameters
    ----------
    where
        What the values are of, for messages: a file's name.

    Raises
    ------
    RequestInvalid
        If a key is unknown, a value is of another type, or the request can't be carried out; the
        message has the way to the value, such as ``settings.threads``.
    """
    try:
        return structure(RunRequest, values)
    except (TypedJsonError, UsageError) as error:
        raise RequestInvalid(f"{where}: {error}") from error


def request_from_text(text: str | bytes, where: str) -> RunRequest:
    """Read a request that was written as JSON.

    Raises
    ------
    RequestInvalid
        If it is not JSON, or as `request_from_json`.
    """
    try:
        values = parse_json(text)
    except JsonDamaged as error:
        raise RequestInvalid(f"{where}: not JSON: {error}") from error
    return request_from_json(values, where)


def request_of(**given: Any) -> RunRequest:
    """Make a request of flat fields: the runtime's settings stand among the request's own.

    Parameters
    ----------
    **given
        Fields of `RunRequest` (but for ``settings``) and of `RuntimeSettings`, of their types;
        None: not given.

    Raises
    ------
    UsageError
        If a name is unknown, or the request can't be carried out.
    """
    own, settings = split_flat(given)
    return RunRequest(settings=RuntimeSettings(**settings), **own)


def split_flat(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of a request's own fields, and those of its settings; without None.

    Raises
    ------
    UsageError
        If a name is unknown.
    """
    names = setting_types()
    own: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FLAT_FIELDS:
            raise UsageError(str(unknown_key((name,), FLAT_FIELDS)), field=name)
        if value is not None:
            (settings if name in names else own)[name] = value
    return own, settings
