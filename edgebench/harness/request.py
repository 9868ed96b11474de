"""What a user asks of a run, checked before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from typing import Any

from edgebench.datasets.queries import parse_query_size
from edgebench.errors import UsageError
from edgebench.harness.device_request import DeviceRequest
from edgebench.mlperf.rounds import ROUND_SEEDS
from edgebench.mlperf.scenarios import MODES, SCENARIOS, ModeName, ScenarioName
from edgebench.runtime_settings import InstanceKind, RuntimeSettings, setting_types
from edgebench.typed_json import TypedJsonError, structure, unknown_key, unstructure

DEFAULT_MODEL = "kws-ds-cnn"
DEFAULT_SCENARIOS: tuple[ScenarioName, ...] = ("singlestream", "offline")
DEFAULT_MODES: tuple[ModeName, ...] = ("performance", "accuracy")
DEVICE_SCENARIOS: tuple[ScenarioName, ...] = ("singlestream",)
HOST_ONLY = ("frequency_mhz", "query_size")
"""What has no meaning for a device, as the runtime's settings have none."""
NOT_GIVEN: Any = None
"""What a field is until the request resolves it."""
WARMUP_S = 1.0
IDLE_S = 2.0
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
    """

    model: str | None = None
    scenarios: tuple[ScenarioName, ...] = NOT_GIVEN
    modes: tuple[ModeName, ...] = NOT_GIVEN
    settings: RuntimeSettings = field(default_factory=RuntimeSettings)
    dataset: str | None = None
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

    def __post_init__(self) -> None:
        self._resolve()
        if self.device is not None:
            self._check_device()
        for name, values, known in (
            ("scenario", self.scenarios, tuple(SCENARIOS)),
            ("mode", self.modes, MODES),
        ):
            if isinstance(values, str):
                raise UsageError(f"{name}s are a list: [{values!r}], not {values!r}")
            if not values:
                raise UsageError(f"no {name} was asked for; there are {', '.join(known)}")
            for value in values:
                if value not in known:
                    raise UsageError(f"no {name} {value!r}; there are {', '.join(known)}")
            object.__setattr__(self, f"{name}s", tuple(dict.fromkeys(values)))
        for name in ("duration_s", "target_qps", "latency_bound_ms", "frequency_mhz"):
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and value > 0):
                raise UsageError(f"{name} must be above 0, not {value}")
        for name in ("warmup_s", "idle_s"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise UsageError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.official and self.duration_s is not None:
            raise UsageError("--official lasts as long as MLPerf says: leave --duration out")
        self._check_network()
        self._check_round()
        self._check_query_size()
        self._check_server_options()
        self._check_power()

    def _resolve(self) -> None:
        """Decide what was not given: a device has its own scenario, and energy as a mode."""
        on_a_device = self.device is not None
        modes = (*DEFAULT_MODES, "energy") if on_a_device and self.power else DEFAULT_MODES
        for name, usual in (
            ("scenarios", DEVICE_SCENARIOS if on_a_device else DEFAULT_SCENARIOS),
            ("modes", modes),
        ):
            if getattr(self, name) is None:
                object.__setattr__(self, name, usual)

    def _check_power(self) -> None:
        """Check what goes with a meter; a device's energy is MLPerf Tiny's mode of its own."""
        for name in ("supply_v", "meter_accuracy"):
            if getattr(self, name) is not None and self.power is None:
                raise UsageError(f"`{name}` is for a meter: name one with `power`", field=name)
        if "energy" in self.modes and self.device is None:
            raise UsageError(
                "--mode energy is MLPerf Tiny's, for a serial device: on this machine --power "
                "measures energy beside --mode performance"
            )
        if (
            self.device is not None
            and self.power is not None
            and ("energy" not in self.modes or "singlestream" not in self.scenarios)
        ):
            raise UsageError(
                "a device's energy is MLPerf Tiny's mode, in SingleStream: with --power leave "
                "--mode out or add --mode energy, and --scenario singlestream"
            )
        if "energy" in self.modes and self.power is None:
            raise UsageError("--mode energy needs a meter: --power; `edgebench meters` lists them")

    def _check_device(self) -> None:
        """Check what goes with a serial device; scenario and modes are its own if none is named."""
        if "server" in self.scenarios:
            raise UsageError(
                "a device on a serial line serves singlestream, multistream and offline, not server"
            )
        given = [*self.settings.changed(), *(name for name in HOST_ONLY if getattr(self, name))]
        if given:
            raise UsageError(
                f"--{given[0].replace('_', '-')} is for this machine, not for a device"
            )

    def _check_network(self) -> None:
        """Check that nothing needs the host's clock on a device behind a network."""
        if self.device is None or self.device.is_host_timed:
            return
        audited, timed = ("compliance" in self.modes), ("performance" in self.modes)
        if audited or (timed and set(self.scenarios) != {"singlestream"}):
            raise UsageError(
                "over a network only the device's own clock tells its speed: singlestream, MLPerf "
                "Tiny's windows. --host-timed times it here all the same, and says so"
            )

    def _check_server_options(self) -> None:
        asked = [
            name
            for name, value in (
                ("--target-qps", self.target_qps),
                ("--latency-bound", self.latency_bound_ms),
                ("--find-peak", self.find_peak),
            )
            if value
        ]
        if asked and "server" not in self.scenarios:
            raise UsageError(f"{asked[0]} is for the server scenario: add --scenario server")
        if self.find_peak and self.power is not None:
            raise UsageError(
                "the search for the peak has no energy: find the rate, then measure it with "
                "--target-qps and --power"
            )
        if self.find_peak and self.target_qps is not None:
            raise UsageError("--find-peak searches the rate that --target-qps would set: use one")

    def _check_round(self) -> None:
        if self.round is None:
            return
        if self.round not in ROUND_SEEDS:
            known = ", ".join(ROUND_SEEDS)
            raise UsageError(f"no round {self.round!r} is known; there are {known}")
        if not self.official:
            raise UsageError("--round is for a submission: add --official")
        if self.device is not None:
            raise UsageError("--round is for this machine: MLPerf Tiny's rounds have no seeds")

    def _check_query_size(self) -> None:
        if self.query_size is not None:
            parse_query_size(self.query_size)
        if self.query_size is not None and self.official:
            raise UsageError("--query-size makes queries that are none of MLPerf's: no --official")

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
                f"CPU {missing[0]} can't be used here; --affinity may name "
                f"{', '.join(map(str, sorted(allowed)))}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return it as run.json keeps it and `request_from_json` takes it."""
        values: dict[str, Any] = unstructure(self)
        return values


FLAT_FIELDS = (
    *(each.name for each in fields(RunRequest) if each.name != "settings"),
    *setting_types(),
)
"""What `request_of` takes."""


def request_from_json(values: Mapping[str, Any]) -> RunRequest:
    """Make a request of JSON's values; what is left out is not given.

    Raises
    ------
    UsageError
        If a key is unknown, a value is of another type, or the request can't be carried out; the
        message has the way to the value, such as ``settings.threads``.
    """
    try:
        return structure(RunRequest, values)
    except TypedJsonError as error:
        raise UsageError(str(error)) from error


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
    names = setting_types()
    own: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FLAT_FIELDS:
            raise UsageError(str(unknown_key((name,), FLAT_FIELDS)), field=name)
        if value is not None:
            (settings if name in names else own)[name] = value
    return RunRequest(settings=RuntimeSettings(**settings), **own)
