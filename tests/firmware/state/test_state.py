"""What a network keeps between inferences: variables are read and written as the references do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.reading import variables
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_reference, by_tflm, quickly_compiled
from tests.firmware.state.kept_window import (
    PAST,
    STEP,
    first_values,
    handle,
    int8,
    variable,
    window_model,
)

INPUTS = np.random.default_rng(5).integers(-128, 127, (7, *STEP), endpoint=True).astype(np.int8)
DIFFERENT = np.arange(9).reshape(PAST)
MODELS = {
    "begins with zeros": window_model(),
    "begins with one value": window_model(graphs=[first_values(np.full(PAST, 33))]),
    "begins with different values": window_model(graphs=[first_values(DIFFERENT)]),
    "assigns before the last use": window_model(
        graphs=[first_values(DIFFERENT)], assigns_early=True
    ),
}


def resolved(model: NewModel, kernels_folder: Path) -> Model:
    path = kernels_folder / "kept.tflite"
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))


@pytest.mark.tflite_runtime
@pytest.mark.parametrize("name", MODELS)
def test_a_sequence_gives_the_references_bytes_and_a_reset_begins_again(
    name: str, kernels_folder: Path
) -> None:
    model = resolved(MODELS[name], kernels_folder)
    ours = quickly_compiled(model, kernels_folder)
    oracles = [by_tflm(model)]
    if model.facts.subgraphs > 1:
        oracles.append(by_reference(model))  # which refuses to read what nothing was assigned to
    answers = [ours(each) for each in INPUTS]
    for oracle in oracles:
        np.testing.assert_array_equal(answers, [oracle(each) for each in INPUTS])
    assert not np.array_equal(ours(INPUTS[0]), answers[0])
    ours.reset()
    np.testing.assert_array_equal([ours(each) for each in INPUTS], answers)


def test_what_is_read_is_not_copied_unless_it_is_overwritten_too_early(tmp_path: Path) -> None:
    late, early = (emit(resolved(MODELS[each], tmp_path)) for each in list(MODELS)[2:])
    names = [[cost.layer.op_name for cost in each.layers] for each in (late, early)]
    assert "READ_VARIABLE" not in names[0]
    assert "READ_VARIABLE" in names[1]
    assert late.state_bytes == early.state_bytes == 12  # 9 bytes, in whole words


def test_a_network_without_state_has_no_reset(tmp_path: Path) -> None:
    made = NewModel(
        [int8("in", STEP), int8("out", STEP)], [NewOp("RELU", ("in",), ("out",))], ["in"], ["out"]
    )
    source = emit(resolved(made, tmp_path))
    assert source.state_bytes == 0
    assert not any("reset" in text for text in source.files.values())


REFUSED = {
    "computes its first values": (
        NewModel([int8("a", PAST), int8("b", PAST)], [NewOp("RELU", ("a",), ("b",))], ["a"], ["b"]),
        "it runs RELU, and not only assignments of constants",
    ),
    "first values of another size": (
        NewModel(
            [handle("v"), int8("first", STEP, np.zeros(STEP))],
            [
                variable("v"),
                NewOp("ASSIGN_VARIABLE", ("v", "first"), (), ("AssignVariable", {})),
            ],
            [],
            [],
        ),
        "first holds 3 bytes",
    ),
    "first values that are not constant": (first_values(None), "it assigns what is no constant"),
    "assigns to no variable": (
        NewModel(
            [handle("v"), int8("first", PAST, DIFFERENT)],
            [NewOp("ASSIGN_VARIABLE", ("v", "first"), (), ("AssignVariable", {}))],
            [],
            [],
        ),
        "it assigns to what is no variable",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_first_values_that_are_not_known_are_refused(name: str, tmp_path: Path) -> None:
    graph, why = REFUSED[name]
    with pytest.raises(ModelNotSupported, match=why):
        emit(resolved(window_model(graphs=[graph]), tmp_path))


def test_all_that_is_kept_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "MOST_STATE_BYTES", 8)
    with pytest.raises(ModelNotSupported, match="more than 8 bytes are kept between inferences"):
        emit(resolved(window_model(), tmp_path))


def test_a_variable_without_a_handle_is_refused(tmp_path: Path) -> None:
    made = window_model()
    ops = [op for op in made.ops if op.name != "VAR_HANDLE"]
    model = resolved(NewModel(made.tensors, ops, made.inputs, made.outputs), tmp_path)
    with pytest.raises(ModelNotSupported, match="`past` is no handle of a variable"):
        emit(model)


def test_what_is_read_may_be_an_output_of_uint8(kernels_folder: Path) -> None:
    """Its layers are the copy and a table that makes uint8 of it, neither to be left out."""
    unsigned = Quantization((0.25,), (121,))
    tensors = [NewTensor(name, STEP, "uint8", unsigned) for name in ("in", "more", "read")]
    model = NewModel(
        [*tensors, handle()],
        [
            variable("past"),
            NewOp("READ_VARIABLE", ("past",), ("read",), ("ReadVariable", {})),
            NewOp("RELU", ("in",), ("more",)),
            NewOp("ASSIGN_VARIABLE", ("past", "more"), (), ("AssignVariable", {})),
        ],
        ["in"],
        ["read"],
    )
    run = quickly_compiled(resolved(model, kernels_folder), kernels_folder)
    np.testing.assert_array_equal(run(np.array([5, 130, 255], np.uint8)), [121, 121, 121])
    np.testing.assert_array_equal(run(np.zeros(STEP, np.uint8)), [121, 130, 255])
