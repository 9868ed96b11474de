"""CAST of real numbers: what int32 does not hold is given its nearest, without undefined steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.emitting.source import emit
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.compiled import all_quickly_compiled
from tests.firmware.state.kept_window import int8

REAL = [1.9, -1.9, 2.0**31, -(2.0**31), 3e9, -np.inf, np.inf, np.nan, 2147483520.0]
WHOLE = [1, -1, 2**31 - 1, -(2**31), 2**31 - 1, -(2**31), 2**31 - 1, 0, 2147483520]


def casting(after: str, folder: Path) -> Model:
    size = (len(REAL),)
    tensors = [NewTensor("real", size, "float32"), NewTensor("whole", size, after)]
    ops = [
        NewOp("CAST", ("real",), ("whole",), ("Cast", {})),
        NewOp("RELU", ("in",), ("out",)),
    ]
    made = NewModel(
        [*tensors, int8("in", size), int8("out", size)], ops, ["real", "in"], ["whole", "out"]
    )
    path = folder / "cast.tflite"
    path.write_bytes(made.to_bytes())
    return resolve_model(str(path))


def test_a_real_number_becomes_the_nearest_whole_one(kernels_folder: Path) -> None:
    run = all_quickly_compiled(casting("int32", kernels_folder), kernels_folder)
    whole, _ = run(np.array(REAL, np.float32), np.zeros(len(REAL), np.int8))
    np.testing.assert_array_equal(whole, WHOLE)


def test_a_cast_that_int32_can_not_compute_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelNotSupported, match="it makes INT64 of FLOAT32"):
        emit(casting("int64", tmp_path))
