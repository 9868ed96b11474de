"""One table of rules for a request, checked before anything is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from edgebench.datasets.queries import parse_query_size
from edgebench.errors import UsageError
from edgebench.mlperf.rounds import ROUND_SEEDS
from edgebench.mlperf.scenarios import MODES, PACES, SCENARIOS

if TYPE_CHECKING:
    from edgebench.harness.request import RunRequest

HOST_ONLY = ("frequency_mhz", "query_size", "signature", "shape")
"""Fields that have no meaning for a serial device, as the runtime's settings have none."""
SERVER_ONLY = ("target_qps", "latency_bound_ms", "find_peak")
METER_ONLY = ("supply_v", "meter_accuracy")
ABOVE_ZERO = ("duration_s", "target_qps", "latency_bound_ms", "frequency_mhz")
ZERO_OR_MORE = ("warmup_s", "idle_s")
NOT_PLAYED = (
    *("duration_s", "warmup_s"),
    *("timeout_s", "fast_baud", "extensions", "verify", "retries", "input_format"),
    *("host_timed", "emulator_clock"),
)
"""Fields that a streaming test with an interface board has no use for."""


@dataclass(frozen=True)
class Rule:
    """A rule against a request: when it applies, the field that it is about, and the message."""

    is_broken: Callable[[RunRequest], bool]
    field: str
    message: str


def _needs_host_clock(request: RunRequest) -> bool:
    """Return whether a device behind a network would be timed by the host."""
    if request.device is None or request.device.is_host_timed:
        return False
    is_audited, is_timed = "compliance" in request.modes, "performance" in request.modes
    return is_audited or (is_timed and set(request.scenarios) != {"singlestream"})


def _host_only(name: str) -> Rule:
    return Rule(
        lambda asked: asked.device is not None and bool(getattr(asked, name)),
        name,
        f"`{name}` is for this machine, not for a device",
    )


def _server_only(name: str) -> Rule:
    return Rule(
        lambda asked: bool(getattr(asked, name)) and "server" not in asked.scenarios,
        name,
        f"`{name}` is for the server scenario: add `scenarios=server`",
    )


def _meter_only(name: str) -> Rule:
    return Rule(
        lambda asked: getattr(asked, name) is not None and asked.power is None,
        name,
        f"`{name}` is for a meter: name one with `power`",
    )


def _has_board(request: RunRequest) -> bool:
    return request.device is not None and request.device.interface is not None


def _no_effect(name: str, where: Callable[[RunRequest], bool] = lambda _: True) -> Rule:
    """Refuse a field that is not its default where a board plays."""

    def is_asked(request: RunRequest) -> bool:
        places = [each for each in (request, request.device) if hasattr(each, name)]
        is_changed = any(getattr(each, name) != getattr(type(each), name) for each in places)
        return _has_board(request) and where(request) and is_changed

    return Rule(
        is_asked,
        name,
        f"`{name}` has no effect where an `interface` board plays: leave it out",
    )


def _not_streamed(field: str, is_asked: Callable[[RunRequest], bool], why: str) -> Rule:
    return Rule(
        lambda asked: asked.stream is not None and is_asked(asked),
        field,
        f"`{field}` is not for a `stream`: {why}",
    )


STREAM_RULES: tuple[Rule, ...] = (
    Rule(
        lambda asked: asked.pace != "real-time" and asked.stream is None and not asked.device,
        "pace",
        "`pace` is for audio: name a recording with `stream`",
    ),
    Rule(
        lambda asked: (
            asked.device is not None
            and asked.device.interface is None
            and asked.pace == "real-time"
        ),
        "pace",
        "a serial line carries no audio in real time: leave `pace` out, or name the `interface` "
        "board that plays it",
    ),
    Rule(
        lambda asked: (
            asked.official
            and asked.pace == "accelerated"
            and (asked.device is None or _has_board(asked))
        ),
        "pace",
        "an `official` stream is heard in real time: leave `pace` out",
    ),
    Rule(
        lambda asked: _has_board(asked) and asked.stream is None,
        "interface",
        "the `interface` board plays a recording: name it, or its test, with `stream`",
    ),
    Rule(
        # A recording without a definition leaves performance alone.
        lambda asked: (
            _has_board(asked)
            and not {"performance"} <= set(asked.modes) <= {"performance", "accuracy", "energy"}
        ),
        "modes",
        "the `interface` board gives detections and duty cycle in one run, and its energy with "
        "`power`: leave `modes` out",
    ),
    *(_no_effect(name) for name in NOT_PLAYED),
    _no_effect("idle_s", lambda asked: asked.power is None),
    _not_streamed(
        "scenarios",
        lambda asked: tuple(asked.scenarios) != ("singlestream",),
        "one frame comes after the other, which is SingleStream",
    ),
    _not_streamed("dataset", lambda asked: asked.dataset is not None, "the audio is the data"),
    _not_streamed("query_size", lambda asked: asked.query_size is not None, "a query is a frame"),
    _not_streamed(
        "modes",
        lambda asked: "compliance" in asked.modes,
        "the audits send samples in an order of their own",
    ),
    _not_streamed("batch", lambda asked: asked.settings.batch > 1, "frames come one by one"),
    _not_streamed(
        "instances", lambda asked: asked.settings.instances > 1, "one instance hears all frames"
    ),
)

RULES: tuple[Rule, ...] = (
    *STREAM_RULES,
    Rule(
        lambda asked: asked.device is not None and "server" in asked.scenarios,
        "scenarios",
        "a device on a serial line serves singlestream, multistream and offline, not server",
    ),
    *(_host_only(name) for name in HOST_ONLY),
    Rule(
        _needs_host_clock,
        "scenarios",
        "over a network only the device's own clock tells its speed: singlestream, MLPerf Tiny's "
        "windows. `host_timed=True` times it here all the same, and says so",
    ),
    Rule(
        lambda asked: asked.official and asked.duration_s is not None,
        "duration_s",
        "an `official` run lasts as long as MLPerf says: leave `duration_s` out",
    ),
    Rule(
        lambda asked: asked.official and asked.until is not None,
        "until",
        "an `official` run is of a whole model: leave `until` out",
    ),
    Rule(
        lambda asked: asked.round is not None and not asked.official,
        "round",
        "`round` is for a submission: add `official=True`",
    ),
    Rule(
        lambda asked: asked.round is not None and asked.device is not None,
        "round",
        "`round` is for this machine: MLPerf Tiny's rounds have no seeds",
    ),
    Rule(
        lambda asked: asked.query_size is not None and asked.official,
        "query_size",
        "`query_size` is not allowed with `official`: MLPerf's queries are of one sample each",
    ),
    *(_server_only(name) for name in SERVER_ONLY),
    Rule(
        lambda asked: asked.find_peak and asked.power is not None,
        "find_peak",
        "the search for the peak measures no energy: find the rate, then measure it with "
        "`target_qps` and `power`",
    ),
    Rule(
        lambda asked: asked.find_peak and asked.target_qps is not None,
        "find_peak",
        "`find_peak` searches the rate that `target_qps` would set: use one of them",
    ),
    *(_meter_only(name) for name in METER_ONLY),
    Rule(
        lambda asked: "energy" in asked.modes and asked.device is None,
        "modes",
        "`modes=energy` is MLPerf Tiny's, for a serial device: on this machine `power` measures "
        "the energy of `modes=performance`",
    ),
    Rule(
        lambda asked: (
            asked.device is not None
            and asked.power is not None
            and ("energy" not in asked.modes or "singlestream" not in asked.scenarios)
        ),
        "modes",
        "a device's energy is MLPerf Tiny's mode, in SingleStream: with `power`, leave `modes` out "
        "or add `modes=energy`, and `scenarios=singlestream`",
    ),
    Rule(
        lambda asked: "energy" in asked.modes and asked.power is None,
        "power",
        "`modes=energy` needs a meter: name it with `power`; `edgebench meters` lists them",
    ),
)
"""In the order in which they are checked: the first that is broken is the error."""


def check_request(request: RunRequest) -> None:
    """Check what a request can tell by itself.

    Raises
    ------
    UsageError
        For the first thing that can't be carried out; it names the field.
    """
    _check_list("scenarios", request.scenarios, tuple(SCENARIOS))
    _check_list("modes", request.modes, MODES)
    _check_numbers(request)
    if request.round is not None and request.round not in ROUND_SEEDS:
        raise UsageError.unknown("round", request.round, ROUND_SEEDS)
    if request.pace not in PACES:
        raise UsageError.unknown("pace", request.pace, PACES)
    if request.query_size is not None:
        parse_query_size(request.query_size)
    _check_sizes(request.shape)
    if request.device is not None:
        for name in request.settings.changed():
            raise UsageError(f"`{name}` is for this machine, not for a device", field=name)
    for rule in RULES:
        if rule.is_broken(request):
            raise UsageError(rule.message, field=rule.field, value=_value_of(request, rule.field))


def _value_of(request: RunRequest, name: str) -> object:
    places = (request, request.settings, request.device)
    return next((getattr(each, name) for each in places if hasattr(each, name)), None)


def _check_numbers(request: RunRequest) -> None:
    for name in ABOVE_ZERO:
        value = getattr(request, name)
        if value is not None and not (isfinite(value) and value > 0):
            raise UsageError(f"`{name}` must be above 0, not {value}", field=name, value=value)
    for name in ZERO_OR_MORE:
        value = getattr(request, name)
        if not (isfinite(value) and value >= 0):
            raise UsageError(f"`{name}` must be 0 or more, not {value}", field=name, value=value)


def _check_sizes(shape: Mapping[str, tuple[int, ...]]) -> None:
    for name, sizes in shape.items():
        are_integers = isinstance(sizes, tuple | list) and all(type(each) is int for each in sizes)
        if not are_integers or min(sizes, default=0) < 1:
            said = list(sizes) if are_integers else repr(sizes)
            raise UsageError(
                f"`shape`: {name or 'the input'} can't be {said}; sizes are integers of 1 or more",
                field="shape",
                value=sizes,
            )


def _check_list(name: str, values: object, known: tuple[str, ...]) -> None:
    if isinstance(values, str) or not isinstance(values, tuple | list):
        raise UsageError(f"`{name}` must be a list, not {values!r}", field=name, value=values)
    if not values:
        raise UsageError(
            f"`{name}` must have one at least; choose from {', '.join(known)}",
            field=name,
            choices=known,
        )
    for value in values:
        if value not in known:
            raise UsageError.unknown(name, value, known)
