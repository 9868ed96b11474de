"""An op that makes no sense is refused in a sentence, whatever is wrong with it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgebench.errors import ModelInvalid, ModelNotSupported
from edgebench.firmware.c_files import KERNELS
from edgebench.firmware.emitting.source import emit
from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers import (
    choice_layers,
    copied_layers,
    single_layers,
    state_layers,
    unsigned_layers,
    value_layers,
    wide_layers,
)
from tests.firmware.layers.drawn import Drawn

OPS = {
    **single_layers.OPS,
    **copied_layers.OPS,
    **value_layers.OPS,
    **unsigned_layers.OPS,
    **state_layers.OPS,
    **choice_layers.OPS,
    **wide_layers.OPS,
}

SIZES = st.lists(st.one_of(st.integers(-1, 7), st.just(2**30)), min_size=0, max_size=5).map(tuple)
SCALES = st.sampled_from((0.0, 1e-40, 1e-38, 1e-9, 1.0, 1e9, 3e38))
ZEROS = st.sampled_from((-129, -128, 0, 127, 128, 2**31, -(2**63)))
OTHER_OPTIONS = ("Conv2D", "Pool2D", "Add", "Softmax", "StridedSlice", "Reshape")


def reshaped(tensor: NewTensor, data: st.DataObject) -> NewTensor:
    shape = data.draw(SIZES)
    if tensor.values is None:
        return dataclasses.replace(tensor, shape=shape)
    values = np.resize(tensor.values, data.draw(st.integers(0, 12)))
    return dataclasses.replace(tensor, shape=values.shape, values=values)


def rescaled(tensor: NewTensor, data: st.DataObject) -> NewTensor:
    count = data.draw(st.sampled_from((1, 2, 9)))
    scales = tuple(data.draw(SCALES) for _ in range(count))
    zeros = tuple(data.draw(ZEROS) for _ in range(data.draw(st.sampled_from((1, count)))))
    return dataclasses.replace(tensor, quantization=Quantization(scales, zeros))


def unquantized(tensor: NewTensor, data: st.DataObject) -> NewTensor:
    return dataclasses.replace(tensor, quantization=None)


def revalued(tensor: NewTensor, data: st.DataObject) -> NewTensor:
    if tensor.values is None or np.dtype(tensor.dtype).kind != "i":
        return tensor
    limits = np.iinfo(tensor.dtype)
    chosen = data.draw(st.sampled_from((limits.min, -7, -1, 0, 1, 9, limits.max)))
    return dataclasses.replace(tensor, values=np.full_like(tensor.values, chosen))


def variable(tensor: NewTensor, data: st.DataObject) -> NewTensor:
    return dataclasses.replace(tensor, values=None)


def damaged_op(op: NewOp, data: st.DataObject) -> NewOp:
    inputs = list(op.inputs)
    for _ in range(data.draw(st.integers(0, 2))):
        if inputs:
            inputs.pop(data.draw(st.integers(0, len(inputs) - 1)))
    options: Any = op.options
    change = data.draw(st.sampled_from(("keep", "none", "other", "numbers")))
    if change == "none":
        options = None
    elif change == "other":
        options = (data.draw(st.sampled_from(OTHER_OPTIONS)), {})
    elif change == "numbers" and options is not None:
        number = st.integers(-3, 100)
        options = (options[0], {key: data.draw(number) for key in options[1]})
    return dataclasses.replace(op, inputs=tuple(inputs), options=options)


@pytest.mark.parametrize("name", OPS)
def test_a_damaged_op_is_refused_or_compiled(name: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.tflite"
    outcomes = set()

    @settings(
        max_examples=40 if name in single_layers.OPS else 15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        made = OPS[name](Drawn(lambda low, high: data.draw(st.integers(low, high))))
        tensors = list(made.tensors)
        changes = (reshaped, rescaled, unquantized, revalued, variable)
        for _ in range(data.draw(st.integers(0, 2))):
            place = data.draw(st.integers(0, len(tensors) - 1))
            tensors[place] = data.draw(st.sampled_from(changes))(tensors[place], data)
        ops = [damaged_op(op, data) if data.draw(st.booleans()) else op for op in made.ops]
        try:
            content = NewModel(tensors, ops, made.inputs, made.outputs).to_bytes()
        except (TypeError, ValueError, OverflowError):
            return  # no such file can be written
        path.write_bytes(content)
        try:
            for kernels in KERNELS:
                emit(resolve_model(str(path)), kernels)
            outcomes.add("compiled")
        except (ModelNotSupported, ModelInvalid) as error:
            assert "damaged" in str(error)
            outcomes.add("refused")

    check()
    assert outcomes == {"compiled", "refused"}
