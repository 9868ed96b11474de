"""All four of MLPerf Tiny's benchmarks on MLCommons' own protocol code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import request_of
from edgebench.harness.run.session import run_request
from edgebench.models.resolve import Model, resolve_model
from edgebench.rundir.reader import Run
from edgebench.virtual.emulated_device import EmulatedPort
from tests.reference_firmware.build import TASKS, Task, reference_program, reference_source

FAST = 921600
SAMPLES = 8


@pytest.fixture(autouse=True, scope="session")
def source() -> Path:
    return reference_source()


def data_for(model: Model, folder: Path) -> str:
    """Return samples over an input's whole range, as real values; the labels mean nothing."""
    (tensor,) = model.facts.inputs
    assert tensor.quantization is not None
    rng = np.random.default_rng(7)
    steps = rng.integers(-128, 128, (SAMPLES, *tensor.sample_shape))
    values = (steps - tensor.quantization.zero_points[0]) * tensor.quantization.scales[0]
    path = folder / "samples.npz"
    np.savez(path, inputs=values.astype(np.float32), labels=np.zeros(SAMPLES, np.int64))
    return str(path)


def ran(task: Task, tiny: Path, folder: Path, options: dict[str, Any], **firmware: Any) -> Run:
    model = resolve_model(str(tiny / "models" / task.model))
    program = reference_program(task, model, folder, **firmware)
    device = {name: options.pop(name) for name in ("input_format", "retries") if name in options}
    with EmulatedPort(program, FAST, marker=options.pop("marker", None)) as port:
        request = request_of(
            model=str(tiny / "models" / task.model),
            dataset=data_for(model, folder),
            device=DeviceRequest(port.port, baud=FAST, **device),
            scenarios=("singlestream",),
            duration_s=0.2,
            warmup_s=0.05,
            **options,
        )
        (found,) = run_request(request, folder / "runs").runs
    return found


def assert_right(found: Run) -> None:
    """LiteRT's dense layers may round otherwise, by a few steps; three decimals are printed."""
    reference = found.record.reference
    assert reference is not None
    assert reference.verdict in ("agrees", "close", "differs")
    assert (reference.samples, reference.other_answers) == (SAMPLES, 0)
    assert reference.largest_steps <= 4


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_reference_firmware_gets_what_it_takes(task: Task, tiny: Path, tmp_path: Path) -> None:
    found = ran(task, tiny, tmp_path, {"modes": ("accuracy",)})
    assert found.record.device is not None
    assert found.record.device.model == task.name
    assert_right(found)
    assert not any("tried again" in event["what"] for event in found.record.events)


def test_the_reference_firmware_is_timed(tiny: Path, tmp_path: Path) -> None:
    found = ran(TASKS[0], tiny, tmp_path, {"modes": ("performance",)})
    assert found.record.tiny is not None
    assert found.record.tiny.inferences_per_second > 0
    checked = found.record.reference
    assert checked is not None
    assert checked.other_answers == 0


@pytest.mark.parametrize(
    ("takes", "expected"), [("PIXELS", "uint8"), ("SCORE", "float32")], ids=["pixels", "score"]
)
def test_what_firmware_takes_is_learned_from_its_answers(
    takes: str, expected: str, tiny: Path, tmp_path: Path
) -> None:
    """kws01's name says int8, and this firmware takes something else."""
    task = TASKS[3] if takes == "SCORE" else TASKS[0]
    named = Task("kws01", task.model, takes)
    found = ran(named, tiny, tmp_path, {"modes": ("accuracy",)})
    assert_right(found)
    assert any(f"the device takes {expected}" in event["what"] for event in found.record.events)


def test_a_format_that_is_asked_for_is_sent_and_wrong_outputs_are_said(
    tiny: Path, tmp_path: Path
) -> None:
    options = {"modes": ("accuracy",), "input_format": "int8"}
    found = ran(TASKS[1], tiny, tmp_path, options)
    assert found.record.reference is not None
    assert found.record.reference.verdict == "wrong"
    assert any("OUTPUTS ARE WRONG" in warning for warning in found.record.warnings)


def test_firmware_for_energy_mode_is_measured(tiny: Path, tmp_path: Path) -> None:
    options = {
        "modes": ("energy", "accuracy"),
        "power": f"virtual:ppk2,marker={tmp_path}/pin",
        "idle_s": 0.2,
        "marker": tmp_path / "pin",
    }
    found = ran(TASKS[0], tiny, tmp_path, options, is_for_energy=True)
    record = found.record
    assert record.tiny_energy is not None
    assert [trial.window_by for trial in record.tiny_energy.trials] == ["marks"] * 5
    assert record.energy is not None
    assert not record.energy.problem
    assert_right(found)
