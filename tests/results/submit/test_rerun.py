"""The call in a submission's README reproduces its run: whatever was asked for stands in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest, request_of
from edgebench.harness.run.session import CompletedRuns
from edgebench.results.submit.rerun import rerun_call
from edgebench.rundir.reader import Run


def asked_for(run: Run, request: RunRequest) -> str:
    """Return the call for a run of a request."""
    return rerun_call(replace(run, record=replace(run.record, request=request.to_record())))


@pytest.fixture
def run(finished: CompletedRuns) -> Run:
    return finished.runs[0]


def test_defaults_are_left_out(run: Run) -> None:
    usual = asked_for(run, request_of(model="kws-ds-cnn"))
    assert usual == "`edgebench.run('kws-ds-cnn', scenarios=['singlestream'], official=True)`"
    device = asked_for(run, RunRequest(device=DeviceRequest("/dev/ttyACM0")))
    assert device == (
        "`edgebench.run(device='/dev/ttyACM0', scenarios=['singlestream'], official=True)`"
    )


def test_what_is_not_usual_stands_in_the_call(run: Run) -> None:
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
