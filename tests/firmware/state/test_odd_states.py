"""States and first values that make no sense are refused in a sentence."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.flatbuffer.reading import FILE_IDENTIFIER, unpacked
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_tflm, quickly_compiled
from tests.firmware.layers import state_layers
from tests.firmware.layers.drawn import Drawn
from tests.firmware.state.kept_window import PAST, first_values, variable, window_model


def drawn(kind: str) -> NewModel:
    rng = np.random.default_rng(1)
    return state_layers.OPS[kind](
        Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True)))
    )


def with_tensor(made: NewModel, name: str, **changes: Any) -> NewModel:
    tensors = [
        dataclasses.replace(each, **changes) if each.name == name else each for each in made.tensors
    ]
    return dataclasses.replace(made, tensors=tensors)


def with_options(made: NewModel, **changes: Any) -> NewModel:
    (op,) = made.ops
    assert op.options is not None
    options = (op.options[0], {**op.options[1], **changes})
    return dataclasses.replace(made, ops=[dataclasses.replace(op, options=options)])


def tensor(made: NewModel, name: str) -> NewTensor:
    return made.tensors[made.places[name]]


def resolved(content: bytes, folder: Path) -> Model:
    path = folder / "odd.tflite"
    path.write_bytes(content)
    return resolve_model(str(path))


def at_halves(kind: str, seed: int) -> NewModel:
    """Return an SVDF whose factors are 2^-5 and 2^-6 in float32, and not quite so in float64.

    What lies half way between two steps then says which of them the factors are.
    """
    rng = np.random.default_rng(seed)
    made = state_layers.OPS[kind](
        Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True)))
    )
    state, time, source = (
        np.float32(scale_of(made, each).scales[0]) for each in ("state", "t", "in")
    )
    changes = {"out": state * time * np.float32(64), "w": state / source / np.float32(32)}
    for name, scale in changes.items():
        zeros = scale_of(made, name).zero_points
        made = with_tensor(made, name, quantization=Quantization((float(scale),), zeros))
    return made


def scale_of(made: NewModel, name: str) -> Quantization:
    found = tensor(made, name).quantization
    assert found is not None
    return found


def read_as_activation(kind: str, name: str) -> NewModel:
    """Return a recurrent layer, and a layer that reads the state too."""
    made = drawn(kind)
    state = tensor(made, name)
    again = dataclasses.replace(state, name="again", is_variable=False)
    reshape = NewOp("RESHAPE", (name,), ("again",))
    return NewModel([*made.tensors, again], [*made.ops, reshape], ["in"], ["out", "again"])


def kept_twice() -> NewModel:
    """Return an SVDF and an LSTM that have the same state of int8."""
    lstm = drawn("lstm")
    hidden = tensor(lstm, "hidden")
    filters = hidden.shape[0] * hidden.shape[1]
    plain = Quantization((0.01,), (0,))
    extra = [
        NewTensor("svdf_in", (1, 1), "int8", plain),
        NewTensor("svdf_out", (1, filters), "int8", plain),
        NewTensor("w", (filters, 1), "int8", plain, np.ones((filters, 1), np.int8)),
        NewTensor("t", (filters, 1), "int8", plain, np.ones((filters, 1), np.int8)),
    ]
    svdf = NewOp("SVDF", ("svdf_in", "w", "t", "", "hidden"), ("svdf_out",), ("SVDF", {"rank": 1}))
    made = with_tensor(lstm, "hidden", quantization=Quantization(hidden.quantization.scales, (0,)))
    made = with_tensor(made, "out", quantization=tensor(made, "hidden").quantization)
    return NewModel(
        [*made.tensors, *extra], [svdf, *made.ops], ["in", "svdf_in"], ["out", "svdf_out"]
    )


def kept_in_a_variable(*, reads_first: bool) -> NewModel:
    """Return an SVDF whose state of int8 is the handle of a variable, which is read."""
    made = drawn("svdf_int8")
    again = dataclasses.replace(tensor(made, "state"), name="again", is_variable=False)
    read = NewOp("READ_VARIABLE", ("state",), ("again",), ("ReadVariable", {}))
    ops = [read, *made.ops] if reads_first else [*made.ops, read]
    return NewModel([*made.tensors, again], [variable("state"), *ops], ["in"], ["out", "again"])


def also_an_input(kind: str, state: str) -> NewModel:
    return dataclasses.replace(drawn(kind), inputs=["in", state])


def holding(kind: str, state: str) -> NewModel:
    made = drawn(kind)
    found = tensor(made, state)
    values = np.zeros(found.shape, found.dtype)
    return with_tensor(made, state, values=values, quantization=Quantization((0.0,), (0,)))


REFUSED = {
    "kept as two types": (kept_twice, "its state `hidden` is kept as several types"),
    "read as bytes": (
        lambda: read_as_activation("svdf_int8", "state"),
        "RESHAPE: it reads or writes `state`, the state of a recurrent layer",
    ),
    "read, then kept": (
        lambda: kept_in_a_variable(reads_first=True),
        "its state `state` is the handle of a variable",
    ),
    "kept, then read": (
        lambda: kept_in_a_variable(reads_first=False),
        "the variable `/past` is the state of a recurrent layer",
    ),
    "an SVDF's state is an input": (
        lambda: also_an_input("svdf", "state"),
        "its state `state` is an input or a constant",
    ),
    "an LSTM's state is an input": (
        lambda: also_an_input("lstm", "hidden"),
        "its state `hidden` is an input or a constant",
    ),
    "an LSTM's cell is an input": (
        lambda: also_an_input("lstm", "cell"),
        "its state `cell` is an input or a constant",
    ),
    "a constant of the scale 0": (
        lambda: holding("svdf", "state"),
        "its state `state` is an input or a constant",
    ),
    "a hidden constant of the scale 0": (
        lambda: holding("lstm", "hidden"),
        "its state `hidden` is an input or a constant",
    ),
    "no limit": (
        lambda: with_options(drawn("lstm"), cellClip=math.nan),
        "a cell that is clipped to no number",
    ),
    "a zero point that int8 does not hold": (
        lambda: with_tensor(window_model(), "read", quantization=Quantization((0.25,), (300,))),
        "`past` has the zero point 300|`read` has the zero point 300",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_state_that_makes_no_sense_is_refused(name: str, tmp_path: Path) -> None:
    make, why = REFUSED[name]
    with pytest.raises(ModelNotSupported, match=why):
        read_network(resolved(make().to_bytes(), tmp_path))


@pytest.mark.parametrize(("kind", "state"), [("svdf", "state"), ("lstm", "hidden")])
def test_a_state_that_is_kept_as_the_file_has_it_may_be_read(
    kind: str, state: str, tmp_path: Path
) -> None:
    network = read_network(resolved(read_as_activation(kind, state).to_bytes(), tmp_path))
    assert [layer.op_name for layer in network.layers][1] == "RESHAPE"


def test_the_factors_of_an_svdf_are_those_of_the_runtime(kernels_folder: Path) -> None:
    made = at_halves("svdf_int8", 4)
    model = resolved(made.to_bytes(), kernels_folder)
    ours, theirs = quickly_compiled(model, kernels_folder), by_tflm(model)
    rng = np.random.default_rng(4)
    for values in rng.integers(-128, 128, (40, model.facts.inputs[0].elements)).astype(np.int8):
        np.testing.assert_array_equal(ours(values), theirs(values))


def test_a_cell_without_a_limit_has_that_of_its_type(tmp_path: Path) -> None:
    for clip, cell in (
        (0.0, (-32768, 32767)),
        (-1.0, (-32768, 32767)),
        (math.inf, (-32767, 32767)),
    ):
        made = with_options(drawn("lstm"), cellClip=clip)
        (layer,) = read_network(resolved(made.to_bytes(), tmp_path)).layers
        assert layer.kind.cell == cell


def beyond_the_codes(graph: Any) -> None:
    graph.operators[0].opcodeIndex = 99


def before_the_first_tensor(graph: Any) -> None:
    graph.operators[1].inputs = [0, -1]


def without_inputs(graph: Any) -> None:
    graph.operators[1].inputs = None


def with_one_input(graph: Any) -> None:
    graph.operators[1].inputs = [0]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (beyond_the_codes, "it runs op code 99 of"),
        (before_the_first_tensor, "it assigns to what is no variable"),
        (without_inputs, "it assigns to what is no variable"),
        (with_one_input, "it assigns to what is no variable"),
    ],
)
def test_a_damaged_graph_of_first_values_is_refused(
    damage: Callable[[Any], None], why: str, tmp_path: Path
) -> None:
    import flatbuffers

    made = window_model(graphs=[first_values(np.full(PAST, 33))])
    table = unpacked(made.to_bytes(), "made")
    damage(table.subgraphs[1])
    builder = flatbuffers.Builder(1024)
    builder.Finish(table.Pack(builder), FILE_IDENTIFIER)
    with pytest.raises(ModelNotSupported, match=why):
        read_network(resolved(bytes(builder.Output()), tmp_path))
