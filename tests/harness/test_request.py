"""A request that was written as JSON: read, refused with the place, and carried out."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgebench
from edgebench.errors import RequestInvalid, UsageError
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import (
    RunRequest,
    request_from_json,
    request_from_text,
    request_of,
)
from edgebench.rundir.reader import read_run
from edgebench.rundir.records.request import DeviceRequestRecord, RequestRecord
from edgebench.runtime_settings import RuntimeSettings
from tests.cli.call import call, command

SHORT = {"scenarios": ["singlestream"], "modes": ["performance"], "duration_s": 0.1}
EVERYTHING = RunRequest(
    model="kws-ds-cnn:float32",
    scenarios=("server",),
    modes=("performance", "accuracy"),
    settings=RuntimeSettings("litert", 2, 2, "processes", 4, "reference", "d.so", {"a": "b"}),
    dataset="kws",
    query_size="16",
    duration_s=1.5,
    warmup_s=0.1,
    target_qps=5.0,
    latency_bound_ms=10.0,
    power="rapl",
    supply_v=5.0,
    idle_s=1.0,
    frequency_mhz=1000.0,
)
ON_A_DEVICE = RunRequest(
    device=DeviceRequest("emulated:kws", 921600, inject=("drop=0.1",), retries=1), power="hwmon"
)
OF_A_PART = RunRequest(
    model="x.tflite",
    scenarios=("server",),
    settings=RuntimeSettings(affinity=(0, 2)),
    signature="serve",
    until="SOFTMAX",
    shape={"ids": (1, 32), "mask": (1, 32)},
    find_peak=True,
)
OFFICIAL = RunRequest(official=True, round="v6.0", power="rapl", meter_accuracy=0.01)
STREAMED = RunRequest(scenarios=("singlestream",), stream="words.wav", pace="accelerated")
REQUESTS = (RunRequest(), EVERYTHING, ON_A_DEVICE, OF_A_PART, OFFICIAL, STREAMED)


def test_each_field_is_given_in_one_of_the_requests() -> None:
    usual = RunRequest()
    for name in (each.name for each in fields(RunRequest)):
        assert any(getattr(each, name) != getattr(usual, name) for each in REQUESTS), name


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_survives_json(request_: RunRequest) -> None:
    text = json.dumps(request_.to_json(), allow_nan=False)
    assert request_from_text(text, "x") == request_


def test_a_device_s_fields_keep_their_places() -> None:
    """As calls by position of the first release have them; what is new comes after."""
    early = DeviceRequest("emulated:kws", 921600, None, "open", "auto", 3, ("drop=0.1",), False)
    assert (early.inject, early.extensions) == (("drop=0.1",), False)
    assert (early.input_format, early.timeout_s) == ("auto", None)


def test_what_is_left_out_has_its_default() -> None:
    assert request_from_json({}) == RunRequest()
    assert request_from_json({"device": {"port": "emulated:kws"}}).scenarios == ("singlestream",)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"threads": 2}, "asked.json: `threads` is unknown; known: model, scenarios"),
        ({"modell": "x"}, "asked.json: `modell` is unknown; did you mean `model`?"),
        ({"settings": {"thread": 2}}, "`settings.thread` is unknown; did you mean `threads`?"),
        ({"settings": {"threads": "2"}}, "`settings.threads` must be an integer, not '2'"),
        ({"settings": {"threads": True}}, "`settings.threads` must be an integer, not True"),
        ({"settings": {"threads": 0}}, "`threads` must be an integer of at least 1, not 0"),
        (
            {"settings": {"affinity": ["0"]}},
            r"`settings.affinity\[0\]` must be an integer, not '0'",
        ),
        (
            {"settings": {"delegate": "d", "delegate_options": {"a": 1}}},
            "`settings.delegate_options.a` must be a string, not 1",
        ),
        ({"duration_s": "3"}, "`duration_s` must be a number, not '3'"),
        ({"duration_s": -1}, "`duration_s` must be above 0, not -1.0"),
        ({"duration_s": float("nan")}, "`duration_s` must be above 0, not nan"),
        ({"scenarios": "offline"}, "`scenarios` must be a list, not 'offline'"),
        (
            {"scenarios": ["offlin"]},
            r"`scenarios\[0\]` must be one of singlestream, .*not 'offlin'",
        ),
        ({"device": {}}, "`device.port` is missing"),
        ({"device": {"port": "emulated:kws", "baud": 9600.5}}, "`device.baud` must be an integer"),
        ({"device": {"port": "/dev/ttyX", "inject": ["drop=1"]}}, "asked.json: .*emulated"),
        ({"official": True, "duration_s": 1}, "leave `duration_s` out"),
        ([], "asked.json: the whole must be an object"),
        (None, "asked.json: the whole must be an object, not null"),
    ],
)
def test_an_error_names_the_file_the_key_and_the_value(values: Any, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        request_from_text(json.dumps(values), "asked.json")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"nonsense", b"[" * 100_000])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(RequestInvalid, match=r"asked\.json: not JSON"):
        request_from_text(text, "asked.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from([*RunRequest.__dataclass_fields__, "odd"])
SETTINGS = st.dictionaries(st.sampled_from([*RuntimeSettings.__dataclass_fields__, "odd"]), JSON)
DEVICES = st.dictionaries(st.sampled_from([*DeviceRequest.__dataclass_fields__, "odd"]), JSON)


def test_the_record_of_a_request_has_its_fields_and_defaults() -> None:
    """A run.json that lacks a field reads as if it had not been given."""
    for kind, record in (
        (RunRequest, RequestRecord),
        (DeviceRequest, DeviceRequestRecord),
    ):
        assert [each.name for each in fields(record)] == [each.name for each in fields(kind)]
    decided = {"scenarios", "modes", "pace"}
    usual = RequestRecord(device=DeviceRequestRecord("/dev/ttyACM0")).to_dict()
    asked = RunRequest(device=DeviceRequest("/dev/ttyACM0")).to_json()
    assert {name: asked[name] for name in usual if name not in decided} == {
        name: value for name, value in usual.items() if name not in decided
    }


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_record_of_a_request_loses_nothing(request_: RunRequest) -> None:
    assert json.dumps(request_.to_record().to_dict()) == json.dumps(request_.to_json())


@given(st.dictionaries(FIELDS, JSON | SETTINGS | DEVICES))
def test_any_json_is_a_request_or_refused(values: Any) -> None:
    try:
        request = request_from_json(values)
    except RequestInvalid:
        return
    assert request_from_json(request.to_json()) == request


def test_a_written_request_is_carried_out(dense_tflite: Path, tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    settings = {"threads": 2, "resolver": "reference"}
    file.write_text(json.dumps({"model": str(dense_tflite), **SHORT, "settings": settings}))
    done = call("run", "--request", file, "--out", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").glob("*/run.json")
    run = read_run(path.parent)
    assert (run.record.sut.settings.threads, run.record.sut.settings.resolver) == (2, "reference")

    # What run.json keeps of it is such a request.
    again = command(
        *("run", "--request", "-", "--out", tmp_path / "again"),
        environment={},
        given=json.dumps(run.record.request.to_dict()),
    )
    assert again.returncode == 0, again.stderr
    (path,) = (tmp_path / "again").glob("*/run.json")
    assert read_run(path.parent).record.request == run.record.request


def test_a_wrong_request_is_refused_in_its_own_words(tmp_path: Path) -> None:
    file = tmp_path / "asked.json"
    file.write_text('{"duration_s": "3"}')
    done = call("run", "--request", file)
    assert done.returncode == 2
    # A key of the file, not the option --duration.
    assert f"{file}: `duration_s` must be a number, not '3'" in done.stderr
    done = call("run", "--request", file, "--duration", "3")
    assert done.returncode == 2
    assert "--request has all that is asked for: leave out all but --out" in done.stderr
    assert call("run", "--request", tmp_path / "none.json").returncode == 2


def test_python_takes_a_request_or_its_values(dense_tflite: Path, tmp_path: Path) -> None:
    values = {"model": str(dense_tflite), **SHORT}
    for number, asked in enumerate((values, request_of(**values))):
        (run,) = edgebench.run_request(asked, out=tmp_path / str(number)).runs
        assert run.record.model.file == dense_tflite.name
    with pytest.raises(RequestInvalid, match="the request: `thread` is unknown"):
        edgebench.run_request({"thread": 1})
    with pytest.raises(UsageError, match="`request` must be"):
        edgebench.run_request(3)  # type: ignore[arg-type]
