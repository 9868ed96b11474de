"""Each sample of a batch reads its own part of a constant, or of what the network keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.firmware.emitting.source import emit
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import quickly_compiled
from tests.firmware.state.kept_window import SCALE, handle, int8, variable

IMAGES = (2, 2, 2, 1)
POOL = ("Pool2D", {"padding": 1, "strideH": 1, "strideW": 1, "filterHeight": 2, "filterWidth": 2})
VALUES = np.array([[5, 4, 3, 2], [9, 8, 7, 6], [-8, -7, -6, -5], [1, 0, -1, -2]], np.int8)
LEAST = -128


def resolved(model: NewModel, folder: Path) -> Model:
    path = folder / "samples.tflite"
    path.write_bytes(model.to_bytes())
    return resolve_model(str(path))


def kept_images() -> NewModel:
    """Return a model that gives the most of each image that it was given before."""
    first = VALUES[:2].reshape(IMAGES)
    assign = ("AssignVariable", {})
    once = NewModel(
        [handle("v"), int8("first", IMAGES, first)],
        [variable("v"), NewOp("ASSIGN_VARIABLE", ("v", "first"), (), assign)],
        [],
        [],
    )
    return NewModel(
        [int8("in", IMAGES), int8("read", IMAGES), int8("out", (2, 1, 1, 1)), handle()],
        [
            NewOp("CALL_ONCE", (), (), ("CallOnce", {"initSubgraphIndex": 1})),
            variable("past"),
            NewOp("READ_VARIABLE", ("past",), ("read",), ("ReadVariable", {})),
            NewOp("MAX_POOL_2D", ("read",), ("out",), POOL),
            NewOp("ASSIGN_VARIABLE", ("past", "in"), (), assign),
        ],
        ["in"],
        ["out"],
        graphs=[once],
    )


def constant_images(dtype: str) -> NewModel:
    """Return a model that gives the most of each image of a constant, or its input."""
    same = SCALE if dtype == "int8" else Quantization((0.25,), (0,))
    peaks = (2, 1, 1, 1)
    return NewModel(
        [
            *(NewTensor(name, peaks, dtype, same) for name in ("in", "peaks", "out")),
            NewTensor("images", IMAGES, dtype, same, VALUES[:2].reshape(IMAGES).astype(dtype)),
        ],
        [
            NewOp("MAX_POOL_2D", ("images",), ("peaks",), POOL),
            NewOp("MAXIMUM", ("peaks", "in"), ("out",), ("MaximumMinimum", {})),
        ],
        ["in"],
        ["out"],
    )


def test_each_sample_of_a_batch_is_read_of_a_variable(kernels_folder: Path) -> None:
    model = resolved(kept_images(), kernels_folder)
    assert "READ_VARIABLE" not in [each.layer.op_name for each in emit(model).layers]
    run = quickly_compiled(model, kernels_folder)
    np.testing.assert_array_equal(run(VALUES[2:]), [5, 9])
    np.testing.assert_array_equal(run(VALUES[:2]), [-5, 1])


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_each_sample_of_a_batch_is_read_of_a_constant(dtype: str, kernels_folder: Path) -> None:
    run = quickly_compiled(resolved(constant_images(dtype), kernels_folder), kernels_folder)
    np.testing.assert_array_equal(run(np.full(2, LEAST, dtype)), [5, 9])
