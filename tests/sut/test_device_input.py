"""Inputs as they go over a line, and the block that several of them make up."""

from __future__ import annotations

import numpy as np
import pytest

from edgebench.device.options import InputFormat
from edgebench.errors import DatasetMismatch, DeviceMismatch, UsageError
from edgebench.firmware.building.benchmark import check_benchmark
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import block_of, parts_of
from edgebench.models.tflite.tensors import Quantization, Tensor
from edgebench.sut.device_input import check_format, formats_to_try, stated_format, wire_bytes

ONE = Tensor(0, "one", (1, 3), (1, 3), "INT8", Quantization((0.5,), (0,)))
OTHER = Tensor(1, "other", (1, 2), (1, 2), "FLOAT32", None)


def test_a_block_has_each_input_at_its_place() -> None:
    parts = parts_of([ONE, OTHER], 4)
    one, other = np.array([1, 2, 3], np.int8), np.array([0.5, 2.0], "<f4")
    assert block_of(parts, [one.tobytes(), other.data]) == one.tobytes() + b"\0" + other.tobytes()


@pytest.mark.parametrize(
    ("wanted", "second", "says"),
    [
        ("float32", 8, "input `one` takes 3 bytes, a sample has 12"),
        ("auto", 4, "input `other` takes 8 bytes, a sample has 4"),
    ],
)
def test_an_input_of_another_size_does_not_move_what_is_behind_it(
    wanted: InputFormat, second: int, says: str
) -> None:
    first = wire_bytes(ONE, np.ones((1, 3)), wanted)
    with pytest.raises(DatasetMismatch, match=says):
        block_of(parts_of([ONE, OTHER], 4), [first, bytes(second)])


def test_one_input_goes_in_each_format_and_several_in_their_own() -> None:
    assert formats_to_try([ONE], "ic01") == ("uint8", "int8", "float32")
    assert formats_to_try([ONE, OTHER], "ic01") == ()
    for wanted in ("int8", "uint8", "float32"):
        check_format([ONE], wanted)
        assert stated_format([ONE], wanted) == wanted
        with pytest.raises(UsageError, match="for models of one input, this one has 2: leave it"):
            check_format([ONE, ONE], wanted)
        with pytest.raises(DeviceMismatch, match=f"takes one input as {wanted}, the model has 2"):
            stated_format([ONE, ONE], wanted)
    check_format([ONE, ONE], "auto")
    assert stated_format([ONE, ONE], "auto") == stated_format([ONE], "words") == "auto"
    with pytest.raises(UsageError, match="input_format"):
        check_format([OTHER], "int8")


def test_a_benchmark_of_one_input_is_for_models_of_one(two_by_two: Model) -> None:
    with pytest.raises(UsageError, match="has 2 inputs: MLPerf Tiny's ic01 sends one"):
        check_benchmark(two_by_two, "ic01")
