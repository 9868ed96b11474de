"""Sums that an int32 can't hold are refused, with their layer and how many products they have."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import ModelNotSupported
from edgebench.firmware.reading.network import read_network
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.compiled import by_tflm, compiled

WIDEST = 65_793
"""Products of 255 and 128 that an int32 holds."""
FARTHEST = Quantization((0.5,), (-128,))
WEIGHTS = Quantization((0.5,), (0,))
SVDF = ("SVDF", {"rank": 1, "fusedActivationFunction": 1})
FULLY_CONNECTED = ("FullyConnected", {"weightsFormat": 0})


def dense(inputs: int, weight: int, bias: int) -> NewModel:
    weights, biases = np.full((1, inputs), weight, np.int8), np.array([bias], np.int32)
    return NewModel(
        [
            NewTensor("in", (1, inputs), "int8", FARTHEST),
            NewTensor("w", weights.shape, "int8", WEIGHTS, weights),
            NewTensor("b", (1,), "int32", Quantization((0.25,), (0,)), biases),
            NewTensor("out", (1, 1), "int8", Quantization((2.0**24,), (0,))),
        ],
        [NewOp("FULLY_CONNECTED", ("in", "w", "b"), ("out",), FULLY_CONNECTED)],
        ["in"],
        ["out"],
    )


def product(depth: int) -> NewModel:
    return NewModel(
        [
            NewTensor("in", (1, depth), "int8", FARTHEST),
            NewTensor("c", (depth, 1), "int8", FARTHEST, np.zeros((depth, 1), np.int8)),
            NewTensor("out", (1, 1), "int8", Quantization((2.0**20,), (0,))),
        ],
        [NewOp("BATCH_MATMUL", ("in", "c"), ("out",), ("BatchMatMul", {}))],
        ["in"],
        ["out"],
    )


def mean(count: int) -> NewModel:
    return NewModel(
        [
            NewTensor("in", (1, count), "int8", FARTHEST),
            NewTensor("axes", (1,), "int32", None, np.array([1], np.int32)),
            NewTensor("out", (1, 1), "int8", FARTHEST),
        ],
        [NewOp("MEAN", ("in", "axes"), ("out",), ("Reducer", {"keepDims": True}))],
        ["in"],
        ["out"],
    )


def svdf(inputs: int) -> NewModel:
    """One filter, its weights as large as int8 and int16 have them."""
    weights, times = np.full((1, inputs), -128, np.int8), np.full((1, 8), 32767, np.int16)
    state = NewTensor("state", (1, 8), "int16", Quantization((0.25,), (0,)), is_variable=True)
    return NewModel(
        [
            NewTensor("in", (1, inputs), "int8", FARTHEST),
            NewTensor("w", weights.shape, "int8", WEIGHTS, weights),
            NewTensor("t", times.shape, "int16", WEIGHTS, times),
            NewTensor("b", (1,), "int32", Quantization((0.125,), (0,)), np.zeros(1, np.int32)),
            state,
            NewTensor("out", (1, 1), "int8", Quantization((2.0**24,), (0,))),
        ],
        [NewOp("SVDF", ("in", "w", "t", "b", "state"), ("out",), SVDF)],
        ["in"],
        ["out"],
    )


def read(made: NewModel, folder: Path) -> None:
    path = folder / "sums.tflite"
    path.write_bytes(made.to_bytes())
    read_network(resolve_model(str(path)))


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (dense(WIDEST + 1, -128, 0), "op 0, FULLY_CONNECTED: its sums of 65,794 products"),
        (dense(WIDEST, -128, -40_000), "may reach 2,147,523,519, more than an int32"),
        (dense(WIDEST, -128, 40_000), "may reach 2,147,523,520, more than an int32"),
        (product(33_026), "op 0, BATCH_MATMUL: its sums of 33,026 products"),
        (svdf(WIDEST + 1), "op 0, SVDF: its sums of 65,794 products"),
        (mean(8_421_505), "op 0, MEAN: its sums of 8,421,505 products"),
    ],
)
def test_a_sum_that_may_be_too_large_is_refused(made: NewModel, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ModelNotSupported, match=re.escape(fault)):
        read(made, tmp_path)


@pytest.mark.parametrize(
    "made",
    [
        dense(WIDEST, -128, 0),
        dense(3 * WIDEST, 42, 0),  # more products, of smaller weights
        dense(8, 0, -(2**31)),
        product(33_025),
        svdf(WIDEST),
        mean(8_421_504),
    ],
)
def test_a_sum_that_fits_is_taken(made: NewModel, tmp_path: Path) -> None:
    read(made, tmp_path)


@pytest.mark.tflite_runtime
def test_sums_over_time_wrap_as_the_references_do(tmp_path: Path) -> None:
    made = svdf(64)
    tensors = [
        replace(each, quantization=Quantization((2.0**20,), (0,))) if each.name == "out" else each
        for each in made.tensors
    ]
    path = tmp_path / "svdf.tflite"
    path.write_bytes(replace(made, tensors=tensors).to_bytes())
    model = resolve_model(str(path))
    ours, theirs = compiled(model, tmp_path), by_tflm(model)
    rng = np.random.default_rng(3)
    found = []
    for _ in range(20):
        values = np.full((1, 64), rng.choice([-128, 127]), np.int8)
        found.append(int(ours(values)[0]))
        assert found[-1] == theirs(values)[0]
    # Sums of one sign would give results of one sign: some have wrapped.
    assert min(found) < 0 < max(found)
