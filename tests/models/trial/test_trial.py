"""Models that end a runtime's process are tried in a child, and types that can't be fed refused."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported, RuntimeCrashed
from edgebench.harness.modes.host_profile import profile_on_host
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.compare import compare_models
from edgebench.models.first_inputs import first_inputs
from edgebench.models.interpret import Interpreted
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.trial.job import RAN, Job
from edgebench.models.trial.passed_trials import MOST_KEPT, PassedTrials, key_of
from edgebench.models.trial.trial import End, require_survival, tried
from edgebench.runtime_settings import RuntimeSettings, setting_types
from edgebench.runtimes.drivers import interpreter_driver
from tests.cli.call import call
from tests.conftest import RUNTIME_NAMES
from tests.files.modes import held_to_modes
from tests.sut.opened import sut_factory

LITERT = RuntimeSettings(runtime="litert")


def crashing_model(folder: Path) -> Path:
    """A model whose second op, a SPLIT into 0 parts, LiteRT 2.3.0 does not survive with XNNPACK."""
    made = NewModel(
        tensors=[
            NewTensor("input", (1, 8), "float32"),
            NewTensor("same", (1, 8), "float32"),
            NewTensor("axis", (), "int32", values=np.array(1)),
            NewTensor("half", (1, 4), "float32"),
        ],
        ops=[
            NewOp("RELU", ("input",), ("same",)),
            NewOp("SPLIT", ("axis", "same"), ("half",), ("Split", {"numSplits": 0})),
        ],
        inputs=["input"],
        outputs=["half"],
    )
    path = folder / "crash.tflite"
    path.write_bytes(made.to_bytes())
    return path


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "edgebench" / "trials" / "passed.txt"


def job_of(model: Model, **changes: object) -> Job:
    """Make a job of LITERT's settings; changes are of these, or of the job's own fields."""
    ran = {name: changes.pop(name) for name in setting_types() if name in changes}
    settings = replace(LITERT, **ran)  # type: ignore[arg-type]
    job = Job(
        model.content, settings, "1", model.facts.inputs, first_inputs(model), sha256=model.sha256
    )
    return replace(job, **changes)  # type: ignore[arg-type]


def test_a_crash_names_the_op_the_runtime_and_what_survives(tmp_path: Path) -> None:
    model = resolve_model(str(crashing_model(tmp_path)))
    with pytest.raises(RuntimeCrashed) as raised:
        sut_factory("litert")(model, LITERT)
    said = str(raised.value)
    assert f"litert {interpreter_driver('litert').requires.version} (default kernels)" in said
    assert signal.strsignal(signal.SIGSEGV) in said
    assert "op 1, SPLIT" in said
    # What it advises was tried: those kernels refuse the model by an error, so nothing is advised.
    assert "resolver=" not in said
    with pytest.raises(ModelNotSupported):
        sut_factory("litert")(model, replace(LITERT, resolver="no-delegate"))


COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "run": lambda path: ["run", path],
    "tune": lambda path: ["tune", path, "--budget", "10"],
    "profile": lambda path: ["profile", path],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_runs_a_model_survives_it(tmp_path: Path, command: str) -> None:
    words = COMMANDS[command](str(crashing_model(tmp_path)))
    done = call(*words)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "op 1, SPLIT" in done.stderr
    assert not list(tmp_path.glob("edgebench-runs/*.partial"))


def test_what_passed_is_not_tried_again(own_cache: Path) -> None:
    model = resolve_model("kws-ds-cnn")
    driver = interpreter_driver("litert")
    job = job_of(model, version=driver.requires.version, distribution="ai-edge-litert")
    require_survival(model, driver, LITERT)
    assert own_cache.read_text().split() == [key_of(job)]
    require_survival(model, driver, replace(LITERT, threads=2))
    assert len(own_cache.read_text().split()) == 1
    require_survival(model, driver, replace(LITERT, resolver="reference"))
    assert len(own_cache.read_text().split()) == 2


def test_another_job_has_another_key() -> None:
    model = resolve_model("kws-ds-cnn")
    changes: list[dict[str, object]] = [
        {},
        {"content": b"other"},
        {"runtime": "tflite-runtime"},
        {"version": "2"},
        {"distribution": "onnxruntime-gpu"},
        {"sha256": "of other weights"},
        {"resolver": "reference"},
        {"batch": 2},
        {"keep_tensors": True},
        {"delegate": sys.executable},
        {"delegate": sys.executable, "delegate_options": {"a": "b"}},
        {"inputs": (np.zeros(490, np.int8),)},
    ]
    keys = {key_of(job_of(model, **each)) for each in changes}
    assert None not in keys
    assert len(keys) == len(changes)


@pytest.mark.parametrize(
    "changes",
    [{"threads": 2}, {"instances": 2}, {"instance_kind": "processes"}, {"affinity": (0,)}],
    ids=lambda each: next(iter(each)),
)
def test_the_same_kernels_have_the_same_key(changes: dict[str, object]) -> None:
    model = resolve_model("kws-ds-cnn")
    assert key_of(job_of(model)) == key_of(job_of(model, **changes))


def test_the_order_of_options_is_of_no_consequence() -> None:
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    jobs = [
        job_of(resolve_model("kws-ds-cnn"), delegate=sys.executable, delegate_options=each)
        for each in (one, other)
    ]
    assert key_of(jobs[0]) == key_of(jobs[1])


def test_a_crash_is_not_remembered(tmp_path: Path, own_cache: Path) -> None:
    model = resolve_model(str(crashing_model(tmp_path)))
    for _ in range(2):
        with pytest.raises(RuntimeCrashed):
            require_survival(model, interpreter_driver("litert"), LITERT)
    assert not own_cache.exists()


def test_the_oldest_trials_are_forgotten(own_cache: Path) -> None:
    passed = PassedTrials()
    keys = [f"{number:064x}" for number in range(MOST_KEPT + 1)]
    passed.add(keys[0])
    own_cache.write_text("".join(f"{key}\n" for key in keys[:-1]))
    passed.add(keys[-1])
    assert keys[-1] in passed and keys[-2] in passed and keys[0] not in passed


def test_a_cache_that_can_not_be_written_costs_a_trial_only(own_cache: Path) -> None:
    own_cache.parent.mkdir(parents=True)
    own_cache.parent.chmod(0o500)
    with held_to_modes():
        require_survival(resolve_model("kws-ds-cnn"), interpreter_driver("litert"), LITERT)
    assert not own_cache.exists()


def test_a_trial_that_does_not_end_is_stopped() -> None:
    assert tried(job_of(resolve_model("kws-ds-cnn")), timeout_s=0.01) == End(None, "", "")


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_a_sound_model_runs_to_the_end_of_its_trial(runtime: str) -> None:
    end = tried(job_of(resolve_model("kws-ds-cnn"), runtime=runtime, batch=3))
    assert end is not None and end.is_sound and end.stage == RAN


def typed_model(dtype: str, op: str = "RESHAPE") -> Model:
    """A model with an input and an output of a type."""
    made = NewModel(
        tensors=[NewTensor("input", (1, 4), "int32"), NewTensor("output", (1, 4), "int32")],
        ops=[NewOp(op, ("input",), ("output",), ("Reshape", {"newShape": [1, 4]}))],
        inputs=["input"],
        outputs=["output"],
    )
    from edgebench.models.tflite.flatbuffer.reading import unpacked
    from edgebench.models.tflite.flatbuffer.rewrite import packed
    from edgebench.models.tflite.flatbuffer.schema import schema

    table = unpacked(made.to_bytes(), "m")
    for tensor in table.subgraphs[0].tensors:
        tensor.type = getattr(schema().TensorType, dtype)
    return Model("typed", "", Path("typed.tflite"), dtype, packed(table), None)


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
@pytest.mark.parametrize(
    ("dtype", "says"),
    [
        ("STRING", "takes text"),
        ("RESOURCE", "type RESOURCE"),
        ("VARIANT", "type VARIANT"),
        ("COMPLEX64", "type COMPLEX64"),
        ("COMPLEX128", "type COMPLEX128"),
        ("INT4", "type INT4"),
    ],
)
def test_types_that_can_not_be_fed_are_refused_before_anything_is_written(
    runtime: str, dtype: str, says: str
) -> None:
    model = typed_model(dtype)
    for use in (
        lambda: sut_factory(runtime)(model, RuntimeSettings(runtime=runtime)),
        lambda: Interpreted(model, runtime),
    ):
        with pytest.raises(ModelNotSupported, match=says):
            use()


@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
@pytest.mark.parametrize("dtype", ["BOOL", "INT64", "FLOAT64", "INT32", "UINT8", "INT16"])
def test_other_types_are_measured(runtime: str, dtype: str) -> None:
    model = typed_model(dtype)
    sample = random_dataset(model.facts).sample(0)
    with sut_factory(runtime)(model, RuntimeSettings(runtime=runtime)) as sut:
        sut.load({0: sample})
        (answer,) = sut.decode(sut.infer([0]).outputs[0].tobytes())
    assert np.array_equal(answer.ravel(), np.asarray(sample[0]).ravel().astype(np.float32))


def test_text_is_refused_by_every_function(tmp_path: Path) -> None:
    path = tmp_path / "text.tflite"
    path.write_bytes(typed_model("STRING").content)
    model = resolve_model(str(path))
    with pytest.raises(ModelNotSupported, match="takes text"):
        profile_on_host(str(path))
    with pytest.raises(ModelNotSupported, match="takes text"):
        compare_models(model, model, random_dataset(resolve_model("kws-ds-cnn").facts))
