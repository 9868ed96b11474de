"""A model that keeps a state is run on a device from its first sample on, in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.cli.tables.runs.run_notes import notes_below
from edgebench.datasets.load import load_dataset
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.firmware.building.host import build_host
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import request_of
from edgebench.harness.run.session import run_request
from edgebench.harness.run.warnings import warnings_of
from edgebench.host.state import host_state
from edgebench.models.interpret import all_outputs_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.results.summary.summarize import summarize
from edgebench.rundir.records.device import DeviceRecord
from edgebench.sut.device import DeviceSut
from edgebench.virtual.emulated_device import EmulatedPort
from tests.firmware.state.kept_window import STEP, first_values, window_model
from tests.harness.quick_runs import quick

SAMPLES = 9
SHUFFLED = "the model keeps a state, and LoadGen shuffles its samples"
INPUTS = np.random.default_rng(2).uniform(-30, 30, (SAMPLES, *STEP[1:])).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return a model whose outputs are its last four samples."""
    path = tmp_path_factory.mktemp("sequence") / "window.tflite"
    path.write_bytes(window_model(graphs=[first_values(np.arange(9))]).to_bytes())
    return resolve_model(str(path))


def test_every_output_of_a_run_is_of_all_samples_before_it(model: Model, tmp_path: Path) -> None:
    data = tmp_path / "steps.npz"
    np.savez(data, inputs=INPUTS, labels=np.arange(SAMPLES))
    request = request_of(
        model=str(model.path),
        dataset=str(data),
        device=DeviceRequest(f"emulated:{model.path}", baud=921600),
        modes=("accuracy",),
        warmup_s=0.05,
    )
    (run,) = run_request(request, tmp_path).runs
    record = run.record
    assert record.reference is not None
    assert record.reference.verdict == "agrees"
    assert record.reference.samples == record.reference.equal == SAMPLES
    assert record.device is not None
    assert "state=12" in record.device.extensions
    assert not any(SHUFFLED in each for each in record.warnings)


def test_a_run_whose_samples_were_shuffled_says_that_they_are_no_sequence(
    model: Model, tmp_path: Path
) -> None:
    data = tmp_path / "steps.npz"
    np.savez(data, inputs=INPUTS, labels=np.arange(SAMPLES))
    asked = quick(
        model=str(model.path),
        dataset=str(data),
        modes=("accuracy",),
        scenarios=("singlestream",),
    )
    (run,) = run_request(asked, tmp_path).runs
    assert sum(SHUFFLED in each for each in run.record.warnings) == 1
    (row,) = summarize([tmp_path]).rows
    assert any(SHUFFLED in str(line) for line in notes_below([row]))
    state, dataset = host_state(), load_dataset(str(data))
    for extensions, warns in (("state=12", False), ("state=0", True), ("", True)):
        run.record.device = DeviceRecord("port", 1, "name", "profile", "model", extensions, True)
        found = warnings_of(run.record, dataset, state, state, facts=model.facts)
        assert any(SHUFFLED in each for each in found) == warns
    run.record.accuracy = None  # as of frames, which come in order
    assert not any(
        SHUFFLED in each
        for each in warnings_of(run.record, dataset, state, state, facts=model.facts)
    )


def test_a_device_that_has_booted_is_given_the_samples_before_again(model: Model) -> None:
    program = build_host(model)
    (expected,) = all_outputs_of(model, [(each,) for each in INPUTS], None, "reference")
    with EmulatedPort(program, 921600) as port, Link(port.port, LinkOptions(921600)) as link:
        device = Device(link)
        device.wake()
        sut = DeviceSut(model, device, port.port)
        with sut.sequence.followed():
            for index, values in enumerate(INPUTS):
                if index == 5:
                    device.reset()  # as a boot does, between two samples
                    device.recover()
                sut.load({index: (values,)})
                found = sut.decode(sut.infer([index]).outputs.reshape(-1)[:12].tobytes())
                np.testing.assert_array_equal(found[0].ravel(), expected[index].ravel())
                sut.unload([index])
