"""Runs of models that leave shapes open, by every way of asking for one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.cli.tables.runs.runs import print_runs
from edgebench.errors import DatasetMismatch, NotComparable, UsageError
from edgebench.farm.planning.plan_file import read_plan
from edgebench.harness.request import RunRequest, request_from_json
from edgebench.harness.run.prepare import prepare
from edgebench.harness.run.session import run_request
from edgebench.mlperf.scenarios import SCENARIOS
from edgebench.results.comparison.compare_runs import compare_runs
from edgebench.runtime_settings import RuntimeSettings
from edgebench.tuning.store import tuned_file
from tests.cli.call import call
from tests.conftest import RUNTIME_NAMES
from tests.models.made_models import open_image_model

SHORT = {"modes": ("performance",), "duration_s": 0.2, "warmup_s": 0.05}
SERVER = {"target_qps": 100.0, "latency_bound_ms": 100.0}


@pytest.fixture
def images(tmp_path: Path) -> str:
    path = tmp_path / "images.tflite"
    path.write_bytes(open_image_model().to_bytes())
    return str(path)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_every_scenario_measures_the_shape(
    images: str, tmp_path: Path, runtime: str, scenario: str
) -> None:
    request = RunRequest(
        images,
        (scenario,),  # type: ignore[arg-type]
        settings=RuntimeSettings(runtime=runtime, instances=2, batch=2),
        shape={"image": (1, 12, 10, 3)},
        **SHORT,  # type: ignore[arg-type]
        **(SERVER if scenario == "server" else {}),  # type: ignore[arg-type]
    )
    (run,) = run_request(request, tmp_path / "out").runs
    model = run.record.model
    assert model.inputs == {"image": (1, 12, 10, 3)}
    assert model.measured_as == "image 1x12x10x3"
    assert model.macs == 12 * 10 * 8 * 27
    assert run.record.performance is not None


def test_data_give_the_shape_and_their_answers_are_scored(images: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    np.savez(
        tmp_path / "d.npz",
        inputs=rng.uniform(-1, 1, (20, 9, 7, 3)).astype(np.float32),
        labels=np.arange(20) % 8,
    )
    out = edgebench.run(
        images,
        scenarios=["singlestream"],
        dataset=tmp_path / "d.npz",
        duration_s=0.2,
        warmup_s=0.05,
        out=tmp_path / "out",
    )
    (run,) = out.runs
    assert run.record.model.inputs == {"image": (1, 9, 7, 3)}
    assert run.record.accuracy is not None


@pytest.mark.parametrize(
    "shape",
    [
        "image=1x12x10x3",
        "1x12x10x3",
        (1, 12, 10, 3),
        {"image": [1, 12, 10, 3]},
        {"image": "1x12x10x3"},
        {"": "1x12x10x3"},
    ],
)
def test_python_takes_a_shape_in_every_way_of_writing_it(images: str, shape: object) -> None:
    assert edgebench.show(images, shape=shape).facts.macs == 12 * 10 * 8 * 27  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"image": "1x12xx3"}, "'1x12xx3' is not such as"),
        ({"image": "image=1x12x10x3"}, "'image=1x12x10x3', of image, is not such as 1x64x64x3"),
        ({"image": "mask=1x12,1x3"}, "'mask=1x12,1x3', of image, is not such as 1x64x64x3"),
        ({"image": ["1", 12, 10, 3]}, "must be an integer, not '1'"),
        ({"image": 12}, "each of `shape` must be a string or a list, not 12"),
    ],
)
def test_what_is_no_shape_of_a_named_input_is_refused(
    images: str, shape: object, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        edgebench.show(images, shape=shape)  # type: ignore[arg-type]
    assert caught.value.field == "shape"


def test_a_request_has_the_shape(images: str, tmp_path: Path) -> None:
    values = {"model": images, "shape": {"image": [1, 12, 10, 3]}, "signature": None}
    request = request_from_json(values)
    assert request_from_json(json.loads(json.dumps(request.to_json()))) == request
    assert prepare(request).model.measured_as == "image 1x12x10x3"
    with pytest.raises(UsageError, match=r"`shape\.image\[1\]` must be an integer"):
        request_from_json({"model": images, "shape": {"image": [1, "a"]}})
    with pytest.raises(UsageError, match=r"`shape`: image can't be \[1, 0\]"):
        RunRequest(images, shape={"image": (1, 0)})
    for wrong in ("1x12x10x3", 12, ("1", 12), (1.0, 12), (True, 12)):
        with pytest.raises(UsageError, match=r"`shape`: image can't be .*; sizes are integers"):
            RunRequest(images, shape={"image": wrong})  # type: ignore[dict-item]


def test_a_plan_has_the_shape(images: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f"""
        [[targets]]
        ssh = "board"
        [[runs]]
        model = "{images}"
        options.shape.image = [1, 12, 10, 3]
        """
    )
    (run,), (target,) = read_plan(plan).runs, read_plan(plan).targets
    assert run.request_for(target).shape == {"image": (1, 12, 10, 3)}


def test_a_device_has_its_own_shape(images: str) -> None:
    with pytest.raises(UsageError, match="`shape` is for this machine, not for a device"):
        edgebench.run(images, device="emulated:kws-ds-cnn", shape="image=1x12x10x3")


def test_runs_at_different_shapes_are_not_pooled(images: str, tmp_path: Path) -> None:
    for place, height in (("a", 12), ("a", 13), ("b", 12)):
        edgebench.run(
            images,
            scenarios=["singlestream"],
            shape=(1, height, 10, 3),
            out=tmp_path / place,
            **SHORT,  # type: ignore[arg-type]
        )
    with pytest.raises(NotComparable, match="shape: image 1x12x10x3 / image 1x13x10x3"):
        compare_runs(tmp_path / "a", tmp_path / "b")


def test_settings_are_tuned_for_a_shape(images: str) -> None:
    assert tuned_file("0" * 64, "latency") != tuned_file("0" * 64, "latency", "image 1x12x10x3")
    done = call("run", images, "--tuned", "--shape", "1x12x10x3", "--scenario", "offline")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "not been tuned for throughput at image 1x12x10x3: `edgebench tune" in said
    assert "--shape image=1x12x10x3` finds some" in said


def test_a_sample_of_another_shape_than_the_first_is_named(images: str, tmp_path: Path) -> None:
    (tmp_path / "sizes" / "0").mkdir(parents=True)
    for number, height in enumerate((9, 9, 10)):
        np.save(tmp_path / "sizes" / "0" / f"{number}.npy", np.zeros((height, 7, 3), np.float32))
    with pytest.raises(
        DatasetMismatch, match=r"sample 2: .* takes 9x7x3 .* the dataset gives 10x7x3"
    ):
        edgebench.run(
            images,
            scenarios=["singlestream"],
            dataset=tmp_path / "sizes",
            duration_s=0.2,
            warmup_s=0.05,
            out=tmp_path / "out",
        )


def test_the_table_says_what_was_measured(
    images: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = edgebench.run(
        images,
        scenarios=["singlestream"],
        shape=(1, 6, 5, 3),
        out=tmp_path,
        **SHORT,  # type: ignore[arg-type]
    )
    print_runs(result.runs)
    assert "images float32 (image 1x6x5x3) on" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "--duration", "0.2"), "Give it with --shape, such as --shape image=1x16x16x3"),
        (("profile",), "Give it with --shape"),
        (("tune", "--budget", "5"), "Give it with --shape"),
        (("compare-models", "{model}"), "Give it with --shape"),
        (("run", "--shape", "image=1xAx3"), "'image=1xAx3' is not such as 1x64x64x3"),
        (("run", "--shape", "pic=1x2x2x3"), "--shape: unknown value 'pic'; choose from image"),
        (("size", "--board", "nrf52840-dk"), "`image` is open (?x?x?x3)"),
        (("deploy", "--board", "mps2-an386"), "Firmware needs fixed sizes"),
        (("run", "--signature", "main"), "the model has no signature, so --signature main"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_every_command_says_what_is_missing(images: str, words: tuple[str, ...], says: str) -> None:
    done = call(words[0], images, *(word.format(model=images) for word in words[1:]))
    assert done.returncode == 2, done.stderr
    assert says in " ".join(done.stderr.split())


def test_show_says_that_a_shape_is_required(images: str) -> None:
    done = call("show", images)
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "a shape is required: image (?x?x?x3)" in text
    assert "MACs depends on the shape" in text
    described = json.loads(call("show", images, "--json").stdout)
    assert described["macs"] is None
    assert described["open_inputs"] == {"image": [-1, -1, -1, 3]}


@pytest.mark.parametrize(
    ("data", "accuracy"), [("named", 100.0), ("natural", None), ("swapped", None)]
)
def test_inputs_go_by_their_names(
    fault_cases: Path, tmp_path: Path, data: str, accuracy: float | None
) -> None:
    request = RunRequest(
        str(fault_cases / "input_order.tflite"),
        ("singlestream",),
        ("accuracy",),
        dataset=str(fault_cases / f"input_order_{data}.npz"),
        warmup_s=0.05,
        duration_s=0.2,
    )
    if accuracy is None:
        with pytest.raises(DatasetMismatch, match="don't say which is which"):
            run_request(request, tmp_path)
        return
    (run,) = run_request(request, tmp_path).runs
    assert run.record.accuracy is not None
    assert run.record.accuracy.value == accuracy
    assert run.record.model.signature == "serving_default"


@pytest.mark.parametrize(("shape", "is_warned"), [((12 * 10 * 3,), True), ((12, 10, 3), False)])
def test_flat_samples_of_an_image_are_said(
    images: str, tmp_path: Path, shape: tuple[int, ...], is_warned: bool
) -> None:
    np.savez(tmp_path / "d.npz", inputs=np.ones((4, *shape), np.float32))
    result = edgebench.run(
        images,
        scenarios=["singlestream"],
        dataset=tmp_path / "d.npz",
        shape=(1, 12, 10, 3),
        out=tmp_path / "out",
        **SHORT,  # type: ignore[arg-type]
    )
    said = "the samples are flat: their 360 values went into image in the order of 12x10x3"
    assert (said in result.runs[0].record.warnings) == is_warned
