"""What is kept between inferences is written and read by RESHAPE as by any other op."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import all_by_tflm, all_quickly_compiled

FILTERS, STEPS = 2, 3
KEPT = (1, FILTERS * STEPS)
FLAT = (FILTERS * STEPS,)
STATE = Quantization((2.0**-7,), (0,))
VALUES, WEIGHTS = Quantization((0.5,), (3,)), Quantization((0.25,), (0,))
SUMS = Quantization((2.0**-14,), (0,))
FIRST = np.arange(6, dtype=np.int16) * 900 - 2000
OPTIONS = ("SVDF", {"rank": 1, "fusedActivationFunction": 1})
SVDF = NewOp("SVDF", ("in", "w", "t", "b", "state"), ("out",), OPTIONS)
INTO = NewOp("RESHAPE", ("start",), ("state",))
FROM = NewOp("RESHAPE", ("state",), ("read",))
AGAIN = NewOp("RESHAPE", ("read",), ("flat",))
DOUBLE = NewOp("ADD", ("flat", "flat"), ("twice",))
OVER_ITSELF = NewOp("ADD", ("state", "start"), ("state",))
TRANSPOSE = NewOp("TRANSPOSE", ("state", "order"), ("state",))


def model(*ops: NewOp, is_known: bool = False, outputs: tuple[str, ...] = ("out",)) -> NewModel:
    rng = np.random.default_rng(3)
    weights = rng.integers(-127, 127, (FILTERS, 4)).astype(np.int8)
    over_time = rng.integers(-9999, 9999, (FILTERS, STEPS)).astype(np.int16)
    start = NewTensor("start", FLAT if is_known else KEPT, "int16", STATE)
    return NewModel(
        [
            NewTensor("in", (1, 4), "int8", VALUES),
            dataclasses.replace(start, values=FIRST) if is_known else start,
            NewTensor("w", weights.shape, "int8", WEIGHTS, weights),
            NewTensor("t", over_time.shape, "int16", STATE, over_time),
            NewTensor("b", (FILTERS,), "int32", SUMS, np.array([70, -3000], np.int32)),
            NewTensor("state", KEPT, "int16", STATE, is_variable=True),
            *(NewTensor(each, KEPT, "int16", STATE) for each in ("read", "twice")),
            NewTensor("flat", FLAT, "int16", STATE),
            NewTensor("out", (1, FILTERS), "int8", VALUES),
            NewTensor("order", (2,), "int32", None, np.array([0, 1], np.int32)),
        ],
        list(ops),
        ["in"] if is_known else ["in", "start"],
        list(outputs),
    )


def resolved(made: NewModel, folder: Path) -> Model:
    path = folder / "reshaped.tflite"
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path))


BOTH = ("out", "twice")
MODELS = {
    "written before it is used": model(INTO, SVDF),
    "written after it is used": model(SVDF, INTO),
    "a constant before it is used": model(INTO, SVDF, is_known=True),
    "a constant after it is used": model(SVDF, INTO, is_known=True),
    "read, then changed": model(SVDF, FROM, AGAIN, INTO, DOUBLE, outputs=BOTH),
    "read, then changed by its layer": model(INTO, FROM, SVDF, AGAIN, DOUBLE, outputs=BOTH),
    "read where it lies": model(SVDF, FROM, AGAIN, DOUBLE, INTO, outputs=BOTH),
    "an output": model(SVDF, FROM, INTO, outputs=("out", "read")),
    "added to": model(SVDF, OVER_ITSELF),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_sequence_gives_the_references_bytes(name: str, kernels_folder: Path) -> None:
    made = resolved(MODELS[name], kernels_folder)
    ours, theirs = all_quickly_compiled(made, kernels_folder), all_by_tflm(made)
    rng = np.random.default_rng(9)
    for _ in range(5):
        values = [
            rng.integers(-128 if each.type_name == "INT8" else -4000, 127, each.elements).astype(
                each.dtype
            )
            for each in made.facts.inputs
        ]
        for got, wanted in zip(ours(*values), theirs(*values), strict=True):
            np.testing.assert_array_equal(got, wanted)


def test_only_what_is_overwritten_too_early_is_copied(tmp_path: Path) -> None:
    functions = {}
    for name in ("read, then changed", "read where it lies"):
        layers = read_network(resolved(MODELS[name], tmp_path)).layers
        functions[name] = [each.function for each in layers]
    assert functions["read, then changed"] == ["svdf", "move", "", "move", "add_16"]
    assert functions["read where it lies"] == ["svdf", "", "", "add_16", "move"]


def test_an_op_that_would_write_over_what_it_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotSupported, match="it writes over `state`, which it still reads"):
        read_network(resolved(model(SVDF, TRANSPOSE), tmp_path))
