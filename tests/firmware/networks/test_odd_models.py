"""Models that are odd, stale or damaged: computed rightly, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.c_files import DSP, HELIUM
from edgebench.firmware.emitting.source import emit
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_reference, compiled
from tests.firmware.layers import wide_layers
from tests.firmware.layers.drawn import Drawn

SAME = Quantization((0.1,), (-3,))
SHARE = Quantization((1 / 256,), (-128,))


def int8(name: str, *shape: int, values: Any = None, scale: Quantization = SAME) -> NewTensor:
    return NewTensor(name, shape, "int8", scale, values)


def numbers(name: str, values: Any) -> NewTensor:
    return NewTensor(name, np.shape(values), "int32", None, np.array(values))


def model(folder: Path, tensors: list[NewTensor], ops: list[NewOp], output: str = "out") -> Model:
    path = folder / "odd.tflite"
    path.write_bytes(NewModel(tensors, ops, ["in"], [output]).to_bytes())
    return resolve_model(str(path))


def assert_computed(made: Model, folder: Path) -> None:
    values = np.random.default_rng(0).integers(-128, 128, made.facts.inputs[0].elements)
    ours = compiled(made, folder)(values.astype(np.int8))
    np.testing.assert_array_equal(ours, by_reference(made)(values.astype(np.int8)))


@pytest.mark.tflite_runtime
def test_an_op_whose_result_nobody_reads_does_not_touch_the_output(tmp_path: Path) -> None:
    made = model(
        tmp_path,
        [int8("in", 1, 8), int8("out", 1, 8), int8("dead", 1, 8, scale=SHARE)],
        [NewOp("RELU", ("in",), ("out",)), NewOp("LOGISTIC", ("out",), ("dead",))],
    )
    assert_computed(made, tmp_path)


def test_an_output_that_is_the_input_under_another_shape_is_written(tmp_path: Path) -> None:
    made = model(
        tmp_path,
        [
            int8("in", 1, 8),
            int8("out", 2, 4),
            numbers("s", [2, 4]),
            int8("dead", 1, 8, scale=SHARE),
        ],
        [NewOp("RESHAPE", ("in", "s"), ("out",)), NewOp("LOGISTIC", ("in",), ("dead",))],
    )
    values = np.arange(8, dtype=np.int8)
    np.testing.assert_array_equal(compiled(made, tmp_path, flags=())(values), values)


@pytest.mark.tflite_runtime
def test_values_are_written_over_inputs_that_nobody_needs_any_more(tmp_path: Path) -> None:
    made = model(
        tmp_path,
        [int8(name, 1, 64) for name in ("in", "a", "b", "c", "out")],
        [
            NewOp("RELU", ("in",), ("a",)),
            NewOp("ADD", ("a", "in"), ("b",), ("Add", {})),
            NewOp("ADD", ("b", "b"), ("c",), ("Add", {})),
            NewOp("RELU", ("c",), ("out",)),
        ],
    )
    assert emit(made).arena_bytes == 64
    assert_computed(made, tmp_path)


@pytest.mark.tflite_runtime
def test_ops_without_options_take_the_schema_s(tmp_path: Path) -> None:
    made = model(
        tmp_path, [int8("in", 1, 8), int8("out", 1, 8)], [NewOp("ADD", ("in", "in"), ("out",))]
    )
    assert_computed(made, tmp_path)


@pytest.mark.tflite_runtime
def test_a_slice_that_names_fewer_axes_than_there_are(tmp_path: Path) -> None:
    made = model(
        tmp_path,
        [
            int8("in", 2, 3, 4),
            int8("out", 1, 3, 4),
            numbers("b", [1]),
            numbers("e", [2]),
            numbers("s", [1]),
        ],
        [NewOp("STRIDED_SLICE", ("in", "b", "e", "s"), ("out",), ("StridedSlice", {}))],
    )
    assert_computed(made, tmp_path)


FC = ("FullyConnected", {})
STALE = {
    "dense": (
        [
            int8("in", 1, 4),
            int8("out", 1, 2),
            int8("w", 6, 4, values=np.ones((6, 4)), scale=Quantization((0.1,), (0,))),
        ],
        NewOp("FULLY_CONNECTED", ("in", "w"), ("out",), FC),
    ),
    "pad": (
        [int8("in", 4), int8("out", 5), numbers("p", [[2, 2]])],
        NewOp("PAD", ("in", "p"), ("out",)),
    ),
    "concatenation": (
        [int8("in", 1, 8), int8("out", 1, 4)],
        NewOp("CONCATENATION", ("in", "in"), ("out",), ("Concatenation", {"axis": 1})),
    ),
    "transpose": (
        [int8("in", 2, 4), int8("out", 3, 3), numbers("p", [1, 0])],
        NewOp("TRANSPOSE", ("in", "p"), ("out",)),
    ),
    "relu": ([int8("in", 1, 8), int8("out", 1, 2)], NewOp("RELU", ("in",), ("out",))),
    "reshape": ([int8("in", 1, 8), int8("out", 2)], NewOp("RESHAPE", ("in",), ("out",))),
    "add": ([int8("in", 1, 8), int8("out", 1, 4)], NewOp("ADD", ("in", "in"), ("out",))),
    "permutation": (
        [int8("in", 2, 4), int8("out", 4, 2), numbers("p", [1, 7])],
        NewOp("TRANSPOSE", ("in", "p"), ("out",)),
    ),
    "one input": ([int8("in", 1, 8), int8("out", 1, 8)], NewOp("ADD", ("in",), ("out",))),
    "scalar": (
        [int8("in"), int8("out", scale=SHARE)],
        NewOp("SOFTMAX", ("in",), ("out",), ("Softmax", {"beta": 1.0})),
    ),
    "weights": (
        [int8("in", 1, 4), int8("out", 1, 4), int8("w", 4, values=np.ones(4))],
        NewOp("FULLY_CONNECTED", ("in", "w"), ("out",), FC),
    ),
    "from nothing": (
        [int8("in", 1, 8), int8("out", 1, 8), int8("never", 1, 8)],
        NewOp("ADD", ("in", "never"), ("out",)),
    ),
    "a SOFTMAX that turns the order around": (
        [int8("in", 1, 8), int8("out", 1, 8, scale=SHARE)],
        NewOp("SOFTMAX", ("in",), ("out",), ("Softmax", {"beta": -1.0})),
    ),
    "a TRANSPOSE_CONV that gives less than its window": (
        [
            *(int8("in", 1, 1, 1, 1), int8("out", 1, 2, 2, 1), numbers("s", [1, 2, 2, 1])),
            int8("w", 1, 3, 3, 1, values=np.ones((1, 3, 3, 1)), scale=Quantization((0.1,), (0,))),
        ],
        NewOp(
            "TRANSPOSE_CONV",
            ("s", "w", "in"),
            ("out",),
            ("TransposeConv", {"padding": 1, "strideH": 1, "strideW": 1}),
        ),
    ),
    "an output that is a constant of the scale 0": (
        [int8("in", 1, 8), int8("out", 1, 8, values=np.ones(8), scale=Quantization((0.0,), (0,)))],
        NewOp("RELU", ("in",), ("out",)),
    ),
    "a product that is a constant of the scale 0": (
        [
            int8("in", 2, 2),
            int8("out", 2, 2, values=np.ones(4), scale=Quantization((0.0,), (0,))),
        ],
        NewOp("BATCH_MATMUL", ("in", "in"), ("out",), ("BatchMatMul", {})),
    ),
    "a curve of a constant of the scale 0": (
        [
            int8("in", 1, 8),
            NewTensor("c", (1, 8), "int16", Quantization((0.0,), (0,)), np.ones((1, 8))),
            NewTensor("out", (1, 8), "int16", Quantization((2.0**-15,), (0,))),
        ],
        NewOp("LOGISTIC", ("c",), ("out",)),
    ),
    "float": (
        [NewTensor("in", (1, 8), "float32"), NewTensor("out", (8,), "float32")],
        NewOp("RESHAPE", ("in",), ("out",)),
    ),
}


@pytest.mark.parametrize("name", STALE)
def test_what_does_not_fit_together_is_refused(name: str, tmp_path: Path) -> None:
    tensors, op = STALE[name]
    with pytest.raises(ModelNotSupported, match="odd"):
        emit(model(tmp_path, tensors, [op]))


def test_booleans_that_are_the_same_in_every_inference_are_kept(tmp_path: Path) -> None:
    flags = NewTensor("flags", (1, 4), "bool", None, np.array([[1, 0, 0, 1]], np.bool_))
    made = model(
        tmp_path,
        [
            *(int8("in", 1, 8), int8("out", 1, 8), flags),
            *(NewTensor("turned", (4,), "bool"), NewTensor("part", (2,), "bool")),
            *(numbers("shape", [4]), numbers("begin", [2]), numbers("size", [2])),
        ],
        [
            NewOp("RELU", ("in",), ("out",)),
            NewOp("RESHAPE", ("flags", "shape"), ("turned",)),
            NewOp("SLICE", ("turned", "begin", "size"), ("part",), ("Slice", {})),
        ],
    )
    text = "".join(emit(made).files.values())
    assert "int8_t tensor_3[4] = {\n    1, 0, 0, 1}" in text


def test_a_constant_that_is_reshaped_is_refused(tmp_path: Path) -> None:
    constant = int8("c", 1, 8, values=np.arange(8))
    made = model(
        tmp_path, [int8("in", 1, 8), int8("out", 8), constant], [NewOp("RESHAPE", ("c",), ("out",))]
    )
    with pytest.raises(ModelNotSupported, match="nothing computes its input `c`"):
        emit(made)


@pytest.mark.parametrize("kernels", [DSP, HELIUM])
def test_samples_of_a_batch_are_left_to_the_portable_kernels(kernels: str, tmp_path: Path) -> None:
    # The second sample of 5 x 5 x 3 values does not begin at a word.
    rng = np.random.default_rng(3)
    draw = Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True)))
    functions = set()
    for _ in range(6):
        path = tmp_path / "batch.tflite"
        path.write_bytes(wide_layers.in_batches(draw, "conv_2d").to_bytes())
        source = emit(resolve_model(str(path)), kernels)
        functions |= {cost.layer.function for cost in source.layers}
        assert "for (int32_t sample = 0; sample < " in source.files["eb_model.c"]
    assert functions == {"conv_2d"}


def padded_constant(folder: Path) -> Model:
    """Return a model that adds to its input, twice, a constant that is turned and padded."""
    return model(
        folder,
        [
            *(int8("in", 1, 5, 2), int8("c", 1, 2, 4, values=np.arange(8).reshape(1, 2, 4))),
            *(numbers("order", [0, 2, 1]), int8("turned", 1, 4, 2), int8("padded", 1, 5, 2)),
            numbers("pairs", [[0, 0], [1, 0], [0, 0]]),
            *(int8("sum", 1, 5, 2), int8("out", 1, 5, 2)),
        ],
        [
            NewOp("TRANSPOSE", ("c", "order"), ("turned",)),
            NewOp("PAD", ("turned", "pairs"), ("padded",)),
            NewOp("ADD", ("in", "padded"), ("sum",)),
            NewOp("ADD", ("sum", "padded"), ("out",)),
        ],
    )


@pytest.mark.tflite_runtime
def test_a_kernel_reads_what_an_op_before_it_was_folded_to(tmp_path: Path) -> None:
    assert_computed(padded_constant(tmp_path), tmp_path)


def test_a_constant_that_two_layers_read_is_counted_once(tmp_path: Path) -> None:
    half = int8("c", 1, 8, values=np.arange(8))
    made = model(
        tmp_path,
        [int8("in", 1, 8), half, int8("sum", 1, 8), int8("out", 1, 8)],
        [NewOp("ADD", ("in", "c"), ("sum",)), NewOp("ADD", ("sum", "c"), ("out",))],
    )
    source = emit(made)
    assert [cost.constant_bytes for cost in source.layers] == [8, 0]
    assert source.constant_bytes == 8
