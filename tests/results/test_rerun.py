"""The call in a submission's README reproduces its run: whatever was asked for stands in it."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.submit.rerun import SET_BY_RERUN, USUAL, USUAL_OF_DEVICE, rerun_call
from edgebench.rundir.reader import Run


def asked_for(run: Run, request: RunRequest) -> str:
    """Return the call for a run of a request."""
    return rerun_call(replace(run, record=replace(run.record, request=request.to_json())))


def test_defaults_are_those_of_a_request() -> None:
    usual = request_of()
    for name, value in USUAL.items():
        assert getattr(usual, name) == value
    others = {each.name for each in fields(RunRequest)} - SET_BY_RERUN - {*USUAL}
    assert {name: value for name in others if (value := getattr(usual, name))} == {}
    device = DeviceRequest("/dev/x")
    for name, value in USUAL_OF_DEVICE.items():
        assert getattr(device, name) == value
    others = {each.name for each in fields(DeviceRequest)} - {"port", *USUAL_OF_DEVICE}
    assert {name: value for name in others if (value := getattr(device, name))} == {}


@pytest.fixture
def run(finished: CompletedRuns) -> Run:
    return finished.runs[0]


def test_what_is_not_usual_stands_in_the_call(run: Run) -> None:
    usual = asked_for(run, request_of(model="kws-ds-cnn"))
    assert usual == ("`edgebench.run('kws-ds-cnn', scenarios=['singlestream'], official=True)`")
    power = request_of(
        model="kws-ds-cnn", power="rapl", meter_accuracy=0.01, idle_s=5.0, frequency_mhz=1500.0
    )
    for said in ("power='rapl'", "meter_accuracy=0.01", "idle_s=5.0", "frequency_mhz=1500.0"):
        assert said in asked_for(run, power)
    device = DeviceRequest(
        "/dev/ttyACM0",
        baud=9600,
        input_format="int8",
        reset="pulse",
        timeout_s=9.0,
        host_timed=True,
    )
    call = asked_for(run, RunRequest(device=device, scenarios=("singlestream",)))
    assert "pace" not in call
    for said in (
        *("device='/dev/ttyACM0'", "baud=9600", "input_format='int8'", "reset='pulse'"),
        *("timeout_s=9.0", "host_timed=True"),
    ):
        assert said in call
    assert "retries" not in call
