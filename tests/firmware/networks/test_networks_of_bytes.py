"""Networks of several ops in uint8, or with constants that are computed ahead of time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.emitting.source import emit
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_reference, quickly_compiled

NUMBERS = count()
INT8, UINT8 = Quantization((0.1,), (-3,)), Quantization((0.1,), (125,))


def written(
    kernels_folder: Path,
    tensors: Sequence[NewTensor],
    ops: Sequence[NewOp],
    output: str = "out",
) -> Model:
    path = kernels_folder / f"network_{next(NUMBERS)}.tflite"
    path.write_bytes(NewModel(list(tensors), list(ops), ["in"], [output]).to_bytes())
    return resolve_model(str(path))


def gives_the_reference_s_bytes(model: Model, kernels_folder: Path, inputs: int = 40) -> None:
    ours = quickly_compiled(model, kernels_folder)
    theirs = by_reference(model)
    source, rng = model.facts.inputs[0], np.random.default_rng(3)
    limits = np.iinfo(source.dtype.name)
    for _ in range(inputs):
        drawn = rng.integers(limits.min, limits.max, source.shape, endpoint=True)
        values = drawn.astype(source.dtype)
        np.testing.assert_array_equal(ours(values), theirs(values))


def constant(name: str, values: Any, dtype: str = "int32") -> NewTensor:
    array = np.array(values, dtype)
    return NewTensor(name, array.shape, dtype, None, array)


@pytest.mark.tflite_runtime
@pytest.mark.parametrize("times", [1, 4])
def test_a_dead_channel_behind_a_depthwise_layer_of_uint8(kernels_folder: Path, times: int) -> None:
    rng = np.random.default_rng(times)
    window = {"padding": 0, "strideH": 1, "strideW": 1}
    weights = rng.integers(0, 255, (1, 3, 3, times), endpoint=True).astype(np.uint8)
    mixing = rng.integers(0, 255, (3, 1, 1, times), endpoint=True).astype(np.uint8)
    mixing[..., 0] = 128  # nothing reads it
    steps = (float(np.float32(0.1) * np.float32(0.02)),)
    model = written(
        kernels_folder,
        [
            NewTensor("in", (1, 6, 6, 1), "uint8", UINT8),
            NewTensor("w", weights.shape, "uint8", Quantization((0.02,), (100,)), weights),
            NewTensor("b", (times,), "int32", Quantization(steps, (0,)), np.zeros(times, np.int32)),
            NewTensor("middle", (1, 6, 6, times), "uint8", UINT8),
            NewTensor("w2", mixing.shape, "uint8", Quantization((0.02,), (128,)), mixing),
            NewTensor("b2", (3,), "int32", Quantization(steps, (0,)), np.zeros(3, np.int32)),
            NewTensor("out", (1, 6, 6, 3), "uint8", UINT8),
        ],
        [
            NewOp(
                "DEPTHWISE_CONV_2D",
                ("in", "w", "b"),
                ("middle",),
                ("DepthwiseConv2D", {**window, "depthMultiplier": times}),
            ),
            NewOp("CONV_2D", ("middle", "w2", "b2"), ("out",), ("Conv2D", window)),
        ],
    )
    gives_the_reference_s_bytes(model, kernels_folder)


@pytest.mark.tflite_runtime
def test_an_int8_op_behind_one_of_uint8_keeps_its_rules(kernels_folder: Path) -> None:
    window = {"padding": 1, "strideH": 2, "strideW": 2, "filterHeight": 2, "filterWidth": 2}
    pairs = constant("pairs", [[0, 0], [1, 1], [1, 1], [0, 0]])
    model = written(
        kernels_folder,
        [
            NewTensor("in", (1, 6, 6, 2), "uint8", UINT8),
            pairs,
            NewTensor("padded", (1, 8, 8, 2), "uint8", UINT8),
            NewTensor("signed", (1, 8, 8, 2), "int8", INT8),
            NewTensor("out", (1, 4, 4, 2), "int8", INT8),
        ],
        [
            NewOp("PAD", ("in", "pairs"), ("padded",), ("Pad", {})),
            NewOp("QUANTIZE", ("padded",), ("signed",), ("Quantize", {})),
            NewOp("AVERAGE_POOL_2D", ("signed",), ("out",), ("Pool2D", window)),
        ],
    )
    gives_the_reference_s_bytes(model, kernels_folder)


@pytest.mark.tflite_runtime
def test_a_shape_may_be_the_first_to_read_the_input(kernels_folder: Path) -> None:
    model = written(
        kernels_folder,
        [
            NewTensor("in", (2, 3), "uint8", UINT8),
            NewTensor("shape", (2,), "int32"),
            NewTensor("positive", (2, 3), "uint8", UINT8),
            NewTensor("out", (2, 3), "uint8", UINT8),
        ],
        [
            NewOp("SHAPE", ("in",), ("shape",), ("Shape", {"outType": 2})),
            NewOp("RELU", ("in",), ("positive",)),
            NewOp("RESHAPE", ("positive", "shape"), ("out",), ("Reshape", {})),
        ],
    )
    gives_the_reference_s_bytes(model, kernels_folder)


@pytest.mark.tflite_runtime
def test_a_single_place_begins_where_the_mask_says(kernels_folder: Path) -> None:
    model = written(
        kernels_folder,
        [
            NewTensor("in", (1, 10), "int8", INT8),
            constant("begin", [0, 3]),
            constant("end", [1, 4]),
            constant("strides", [1, 1]),
            NewTensor("out", (1,), "int8", INT8),
        ],
        [
            NewOp(
                "STRIDED_SLICE",
                ("in", "begin", "end", "strides"),
                ("out",),
                ("StridedSlice", {"beginMask": 2, "shrinkAxisMask": 2}),
            )
        ],
    )
    gives_the_reference_s_bytes(model, kernels_folder)


def unary(kernels_folder: Path, op: NewOp, before: float, after: float) -> Model:
    return written(
        kernels_folder,
        [
            NewTensor("in", (1, 8), "int8", Quantization((before,), (0,))),
            NewTensor("out", (1, 8), "int8", Quantization((after,), (0,))),
        ],
        [op],
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ELU", None),
        ("HARD_SWISH", ("HardSwish", {})),
        ("LEAKY_RELU", ("LeakyRelu", {"alpha": 0.5})),
        ("ABS", ("Abs", {})),
        ("RELU", None),
    ],
)
@pytest.mark.parametrize("scales", [(1.0, 1e-40), (3e38, 1.0), (1e38, 1e-30), (1.0, 1e-9)])
def test_scales_beyond_the_arithmetic_are_refused(
    tmp_path: Path, name: str, options: Any, scales: tuple[float, float]
) -> None:
    if name == "ELU" and scales == (1.0, 1e-9):
        return  # its table is made of real numbers, which hold that
    with pytest.raises(ModelNotSupported, match=f"op 0, {name}"):
        read_network(unary(tmp_path, NewOp(name, ("in",), ("out",), options), *scales))


def test_claimed_sizes_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    rows, columns = np.zeros((30_000, 1), np.int32), np.zeros((1, 30_000), np.int32)
    huge = written(
        tmp_path,
        [
            NewTensor("in", (1, 4), "int8", INT8),
            NewTensor("a", rows.shape, "int32", None, rows),
            NewTensor("b", columns.shape, "int32", None, columns),
            NewTensor("sum", (4,), "int32"),
            NewTensor("out", (1, 4), "int8", INT8),
        ],
        [
            NewOp("ADD", ("a", "b"), ("sum",), ("Add", {})),
            NewOp("RESHAPE", ("in", "sum"), ("out",), ("Reshape", {})),
        ],
    )
    with pytest.raises(ModelNotSupported, match=r"values of \[30000, 30000\]"):
        read_network(huge)
    resized = written(
        tmp_path,
        [
            NewTensor("in", (1, 1, 1, 1), "int8", INT8),
            constant("size", [5000, 1]),
            NewTensor("out", (1, 5000, 1, 1), "int8", INT8),
        ],
        [NewOp("RESIZE_BILINEAR", ("in", "size"), ("out",), ("ResizeBilinear", {}))],
    )
    with pytest.raises(ModelNotSupported, match="5000 x 1 pixels"):
        read_network(resized)
    tiled = written(
        tmp_path,
        [
            NewTensor("in", (2, 2), "int8", INT8),
            constant("times", [2**16, 2**16]),
            NewTensor("out", (2**17, 2**17), "int8", INT8),
        ],
        [NewOp("TILE", ("in", "times"), ("out",), ("Tile", {}))],
    )
    with pytest.raises(ModelNotSupported, match="`out` has 17,179,869,184 bytes"):
        emit(tiled)


def test_an_input_that_is_the_output_is_refused(tmp_path: Path) -> None:
    model = written(
        tmp_path,
        [NewTensor("in", (1, 4), "int8", INT8), NewTensor("a", (1, 4), "int8", INT8)],
        [NewOp("RELU", ("in",), ("a",))],
        output="in",
    )
    with pytest.raises(ModelNotSupported, match="nothing computes its output"):
        read_network(model)


def test_a_constant_over_the_input_is_refused(tmp_path: Path) -> None:
    model = written(
        tmp_path,
        [
            NewTensor("in", (4,), "int8", INT8),
            constant("shape", [4]),
            NewTensor("value", (), "int8", INT8, np.array(7, np.int8)),
            NewTensor("out", (4,), "int8", INT8),
        ],
        [
            NewOp("FILL", ("shape", "value"), ("in",), ("Fill", {})),
            NewOp("RELU", ("in",), ("out",)),
        ],
    )
    with pytest.raises(ModelNotSupported, match="`in` has a value already"):
        read_network(model)
