"""What each op costs on this machine, by cutting the model after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.errors import ModelNotSupported, RunDirectoryInvalid
from edgebench.harness.modes import host_profile
from edgebench.harness.modes.host_profile import costs_of, profile_on_host
from edgebench.harness.run.session import CompletedRuns
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.interpret import Interpreted
from edgebench.models.prefix import prefix_of, results_of
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import resolve_model
from edgebench.rundir.contents.layers import Layers, read_layers
from edgebench.runtime_settings import Resolver, RuntimeSettings
from edgebench.sut.contract import Inference
from edgebench.sut.host.system import HostSut
from tests.cli.call import call
from tests.conftest import LITERT, RUNTIME_NAMES, TFLITE_RUNTIME


@pytest.mark.parametrize("name", ["kws-ds-cnn", "digits-resnet8", "machine-autoencoder:float32"])
def test_a_prefix_computes_what_the_whole_computes_on_the_way(name: str) -> None:
    model = resolve_model(name)
    sample = random_dataset(model.facts, 1).sample(0)
    whole = Interpreted(model, keep_tensors=True)
    whole.run(sample)
    for ops in (1, len(model.facts.ops) // 2, len(model.facts.ops)):
        prefix = prefix_of(model, ops)
        part = Interpreted(prefix, keep_tensors=True)
        part.run(sample)
        for tensor in prefix.facts.outputs:
            found, expected = part.tensor(tensor.index), whole.tensor(tensor.index)
            assert np.array_equal(found, expected)
    with pytest.raises(ValueError, match="0 of"):
        prefix_of(model, 0)


def test_what_a_later_op_still_takes_is_an_output() -> None:
    """A residual network: cut inside a block, both branches must come out."""
    model = resolve_model("digits-resnet8")
    add = next(op for op in model.facts.ops if op.name == "ADD")
    prefix = prefix_of(model, add.index)
    outputs = {tensor.index for tensor in prefix.facts.outputs}
    variable = {number for number in add.inputs if not model.facts.tensors[number].constant_bytes}
    assert variable <= outputs
    assert len(variable) == 2


@pytest.mark.timed
@pytest.mark.parametrize(
    ("runtime", "dear"),
    # tflite-runtime has no fast int8 ADD: a quarter of the whole goes into the first one.
    [
        (LITERT, ("CONV_2D",)),
        pytest.param(TFLITE_RUNTIME, ("CONV_2D", "ADD"), marks=pytest.mark.tflite_runtime),
    ],
)
def test_costs_add_up_to_the_whole(runtime: str, dear: tuple[str, ...]) -> None:
    found = profile_on_host("digits-resnet8", RuntimeSettings(runtime), rounds=15)
    assert [layer.op for layer in found.layers][:3] == ["CONV_2D"] * 3
    total = sum(layer.cost for layer in found.layers)
    assert total == pytest.approx(found.whole)
    assert found.method.startswith("by prefix timing")
    assert runtime in found.where
    assert sum(layer.cost for layer in found.layers if layer.op in dear) > 0.6 * total


def test_costs_are_never_negative_and_add_up_however_disturbed_the_rounds_were() -> None:
    rng = np.random.default_rng(3)
    true = np.concatenate([np.zeros(3), np.cumsum(rng.random(40)) + 1])
    # Half of the prefixes met nothing but disturbed rounds.
    quiet = true * np.where(rng.random(len(true)) < 0.5, 1.0, rng.uniform(1.0, 3.0, len(true)))
    quiet[-1] = true[-1]
    costs = costs_of(quiet)
    assert (costs >= 0).all()
    assert costs.sum() == pytest.approx(true[-1])
    assert list(costs[:2]) == [0, 0]
    assert np.allclose(costs_of(true), np.diff(true))


def test_each_inference_takes_the_next_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one sample the rows of a table are always in the cache."""
    taken: list[int] = []
    infer = HostSut.infer

    def kept(sut: HostSut, indices: Sequence[int]) -> Inference:
        taken.extend(indices)
        return infer(sut, indices)

    monkeypatch.setattr(HostSut, "infer", kept)
    monkeypatch.setattr(host_profile, "MOST_RUNS_A_TURN", 5)
    monkeypatch.setattr(host_profile, "TURN_NS", 10**12)
    profile_on_host("rm3-edge", dataset="clicks-rm3", rounds=3)
    assert set(taken) == set(range(20))
    assert taken[:5] == [0, 1, 2, 3, 4]


def test_a_large_model_is_profiled_a_few_prefixes_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host_profile, "OPEN_BYTES", 3 * len(resolve_model("kws-ds-cnn").content))
    found = profile_on_host("kws-ds-cnn", rounds=3)
    assert len(found.layers) == 13
    # A prefix that two groups time has one time: what each group found adds up.
    assert sum(layer.cost for layer in found.layers) == pytest.approx(found.whole)
    assert min(layer.cost for layer in found.layers) >= 0


def test_a_model_that_can_not_run_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(resolve_model("kws-ds-cnn").content[:-3000])
    with pytest.raises((ModelNotSupported, Exception), match=r"m\.tflite"):
        profile_on_host(str(model))


def test_a_profile_goes_into_the_run_of_its_model_only(
    finished: CompletedRuns, tmp_path: Path
) -> None:
    run = finished.runs[0].path
    found = api.profile("kws-ds-cnn", into=run, rounds=3)
    assert isinstance(found, Layers)
    assert read_layers(run) == found
    with pytest.raises(RunDirectoryInvalid, match="the profile is of digits-resnet8"):
        api.profile("digits-resnet8", into=run, rounds=3)
    with pytest.raises(RunDirectoryInvalid, match="not a run directory"):
        api.profile("kws-ds-cnn", into=tmp_path, rounds=3)
    (run / "profile.json").unlink()


def test_the_command_prints_a_table() -> None:
    done = call("profile", "kws-ds-cnn", "--rounds", "3")
    assert done.returncode == 0, done.stderr
    assert "by prefix timing" in done.stdout
    assert "DEPTHWISE_CONV_2D" in done.stdout
    wrong = call("profile", "kws-ds-cnn", "--device", "/dev/ttyACM0")
    assert wrong.returncode == 2
    assert "--device is for a board: name it with --board" in wrong.stderr
    assert call("profile", "kws-ds-cnn", "--board", "mps2-an386", "--rounds", "3").returncode == 2


@pytest.mark.parametrize("resolver", ["default", "reference"])
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_what_is_made_of_constants_is_no_result_of_its_own(
    tmp_path: Path, runtime: str, resolver: Resolver
) -> None:
    """As float16 and weight-only models begin: XNNPACK folds it away, and can't give it out."""
    rng = np.random.default_rng(7)
    half = rng.normal(0, 1, (64, 64)).astype(np.float16)
    model = tmp_path / "half.tflite"
    model.write_bytes(
        NewModel(
            [
                NewTensor("x", (1, 64), "float32"),
                *(NewTensor(f"half{n}", (64, 64), "float16", values=half) for n in (0, 1)),
                *(NewTensor(f"w{n}", (64, 64), "float32") for n in (0, 1)),
                *(NewTensor(name, (1, 64), "float32") for name in ("first", "second")),
                NewTensor("bias", (64,), "float32", values=np.zeros(64)),
            ],
            [
                NewOp("DEQUANTIZE", ("half0",), ("w0",)),
                NewOp("DEQUANTIZE", ("half1",), ("w1",)),
                NewOp("FULLY_CONNECTED", ("x", "w0", "bias"), ("first",), ("FullyConnected", {})),
                NewOp(
                    "FULLY_CONNECTED", ("first", "w1", "bias"), ("second",), ("FullyConnected", {})
                ),
            ],
            ["x"],
            ["second"],
        ).to_bytes()
    )
    facts = resolve_model(str(model)).facts
    names = [[facts.tensors[n].name for n in results_of(facts, ops)] for ops in range(5)]
    assert names == [[], [], [], ["first"], ["second"]]
    with pytest.raises(ValueError, match="the first 2 of 4 ops leave no result"):
        prefix_of(resolve_model(str(model)), 2)
    settings = RuntimeSettings(runtime, resolver=resolver)
    found = profile_on_host(str(model), settings, rounds=3)
    assert [layer.cost for layer in found.layers[:2]] == [0, 0]
    assert sum(layer.cost for layer in found.layers[2:]) == pytest.approx(found.whole)
    assert found.whole > 0
    assert any(layer.cost > 0 for layer in found.layers[2:])


@pytest.mark.parametrize("name", ["composite", "two_signatures", "offset_buffers", "scalar_input"])
def test_what_runs_is_profiled(fault_cases: Path, name: str) -> None:
    found = profile_on_host(str(fault_cases / f"{name}.tflite"), rounds=3)
    assert len(found.layers) == len(resolve_model(str(fault_cases / f"{name}.tflite")).facts.ops)


def after_constants() -> NewModel:
    """A model whose first op computes from a constant, as float16 weights are widened."""
    weights = np.ones((1, 4), np.float16)
    return NewModel(
        [
            NewTensor("x", (1, 4), "float32"),
            NewTensor("w", (1, 4), "float16", values=weights),
            NewTensor("wide", (1, 4), "float32"),
            NewTensor("y", (1, 4), "float32"),
        ],
        [
            NewOp("DEQUANTIZE", ("w",), ("wide",)),
            NewOp("ADD", ("x", "wide"), ("y",), ("Add", {})),
        ],
        ["x"],
        ["y"],
    )


def test_a_model_is_profiled_where_no_two_of_it_fit_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.tflite"
    path.write_bytes(after_constants().to_bytes())
    monkeypatch.setattr(host_profile, "OPEN_BYTES", 1)
    layers = profile_on_host(str(path), rounds=3)
    assert [each.op for each in layers.layers] == ["DEQUANTIZE", "ADD"]


def test_a_model_without_ops_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "same.tflite"
    path.write_bytes(NewModel([NewTensor("x", (1, 2), "float32")], [], ["x"], ["x"]).to_bytes())
    with pytest.raises(ModelNotSupported, match="same has no ops: there is nothing to profile"):
        profile_on_host(str(path))
