"""Which graph of a file is measured, and what its inputs and outputs are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.errors import ModelInvalid, UsageError
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.prefix import prefix_of
from edgebench.models.resolve import Model, resolve_model
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from tests.conftest import RUNTIME_NAMES
from tests.models.made_models import MadeSignature, signed
from tests.sut.opened import sut_factory


def arithmetic(op: str, factor: float) -> NewModel:
    """Return ``(a op b) * factor`` of two vectors; the graph has ``b`` first."""
    return NewModel(
        [
            NewTensor("b", (1, 4), "float32"),
            NewTensor("a", (1, 4), "float32"),
            NewTensor("factor", (1,), "float32", values=np.array([factor])),
            NewTensor("made", (1, 4), "float32"),
            NewTensor("scaled", (1, 4), "float32"),
        ],
        [
            NewOp(op, ("a", "b"), ("made",), (op.capitalize(), {})),
            NewOp("MUL", ("made", "factor"), ("scaled",), ("Mul", {})),
        ],
        ["b", "a"],
        ["scaled", "made"],
    )


def two(path: Path, keys: tuple[str, str] = ("plus", "minus"), *, reverse: bool = False) -> Path:
    made = [
        MadeSignature(key, graph, {"left": "a", "right": "b"}, {"made": "made", "scaled": "scaled"})
        for key, graph in zip(keys, (arithmetic("ADD", 2.0), arithmetic("SUB", 3.0)), strict=True)
    ]
    path.write_bytes(signed(*made, first_last=reverse))
    return path


def answers(model: Model, runtime: str, kind: InstanceKind = "threads") -> list[list[float]]:
    """Return the outputs for left = 5, 6, 7, 8 and right = 1."""
    left, right = np.array([5, 6, 7, 8], np.float32), np.ones(4, np.float32)
    with sut_factory(runtime)(model, RuntimeSettings(instance_kind=kind)) as sut:
        sut.load({0: (left, right)})
        return [each.tolist() for each in sut.decode(sut.infer([0]).outputs[0].tobytes())]


@pytest.mark.parametrize("reverse", [False, True], ids=["in order", "graphs reversed"])
@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("runtime", RUNTIME_NAMES)
def test_each_signature_runs_its_own_graph_in_its_own_order(
    tmp_path: Path, runtime: str, kind: InstanceKind, reverse: bool
) -> None:
    path = str(two(tmp_path / "two.tflite", reverse=reverse))
    for key, expected in (
        (None, [[6, 7, 8, 9], [12, 14, 16, 18]]),
        ("plus", [[6, 7, 8, 9], [12, 14, 16, 18]]),
        ("minus", [[4, 5, 6, 7], [12, 15, 18, 21]]),
    ):
        model = resolve_model(path, key)
        assert model.facts.signature == (key or "plus")
        assert model.facts.input_names == ("left", "right")
        assert model.facts.output_names == ("made", "scaled")
        assert answers(model, runtime, kind) == expected


def test_serving_default_is_the_default_wherever_it_stands(tmp_path: Path) -> None:
    path = str(two(tmp_path / "two.tflite", ("first", "serving_default")))
    assert resolve_model(path).facts.signature == "serving_default"
    assert resolve_model(path).measured_as == "signature serving_default"
    assert resolve_model("kws-ds-cnn").measured_as == ""


def test_an_unknown_signature_names_those_that_there_are(tmp_path: Path) -> None:
    path = str(two(tmp_path / "two.tflite"))
    with pytest.raises(UsageError, match="choose from plus, minus") as raised:
        resolve_model(path, "mimus")
    assert raised.value.suggestion == "minus"
    bare = tmp_path / "bare.tflite"
    bare.write_bytes(arithmetic("ADD", 1.0).to_bytes())
    with pytest.raises(UsageError, match="the model has no signature"):
        resolve_model(str(bare), "plus")


def test_a_model_without_a_signature_has_the_graphs_own_order(tmp_path: Path) -> None:
    bare = tmp_path / "bare.tflite"
    bare.write_bytes(arithmetic("SUB", 1.0).to_bytes())
    facts = resolve_model(str(bare)).facts
    assert (facts.signature, facts.input_names) == ("", ("b", "a"))
    assert [tensor.name for tensor in facts.outputs] == ["scaled", "made"]


def test_a_prefix_keeps_the_order_of_the_signatures_inputs(tmp_path: Path) -> None:
    model = resolve_model(str(two(tmp_path / "two.tflite", reverse=True)), "minus")
    prefix = prefix_of(model, 1)
    assert [tensor.name for tensor in prefix.facts.inputs] == ["a", "b"]
    assert answers(prefix, "litert")[0] == [4, 5, 6, 7]


@pytest.mark.parametrize("key", ["plus", "minus"])
def test_a_model_of_several_graphs_is_profiled_and_says_which(tmp_path: Path, key: str) -> None:
    found = api.profile(two(tmp_path / "two.tflite"), signature=key, rounds=3)
    assert [layer.op for layer in found.layers] == ["ADD" if key == "plus" else "SUB", "MUL"]
    assert f"signature {key}" in found.where


def test_models_of_several_graphs_are_compared_by_their_signature(tmp_path: Path) -> None:
    one, other = two(tmp_path / "a.tflite"), two(tmp_path / "b.tflite", reverse=True)
    found = api.compare_models(one, other, signature="minus")
    assert found.agreement.snr_db == np.inf


def initial_weights() -> NewModel:
    """A graph that takes nothing, as what gives a trainable model's first weights does."""
    ones = np.ones((1, 2), np.float32)
    return NewModel(
        [NewTensor("w", (1, 2), "float32", values=ones), NewTensor("out", (1, 2), "float32")],
        [NewOp("RELU", ("w",), ("out",))],
        [],
        ["out"],
    )


def test_a_signature_without_inputs_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "trainable.tflite"
    infer = MadeSignature(
        "infer", arithmetic("ADD", 2.0), {"left": "a", "right": "b"}, {"y": "made"}
    )
    path.write_bytes(signed(infer, MadeSignature("init", initial_weights(), {}, {"w": "out"})))
    assert resolve_model(str(path)).facts.signature == "infer"
    with pytest.raises(ModelInvalid) as raised:
        resolve_model(str(path), "init")
    assert str(raised.value) == (
        f"{path}: the signature 'init' has no input, so there is nothing to measure; choose "
        "another with `signature`: infer"
    )


def test_a_model_without_inputs_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "weights.tflite"
    path.write_bytes(initial_weights().to_bytes())
    with pytest.raises(ModelInvalid, match="the model has no input, so there is nothing to measu"):
        resolve_model(str(path))
