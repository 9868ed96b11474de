"""Inputs for a model that has no data: random numbers of the right type and range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.models.tflite.inspect import ModelFacts, Op
from edgebench.models.tflite.tensors import Tensor

SEED = 1
SAMPLES = 256
INTEGERS = 10
"""So many integers are drawn from where nothing says what they are."""
LEAST_POSITIVE = 0.1
"""Of floats that must be above 0."""

_LOOKUPS = {"GATHER": (1, 0), "GATHER_ND": (1, 0), "EMBEDDING_LOOKUP": (0, 1)}
"""Ops whose integer input picks a row of another: (their name, the index, the table)."""
_POSITIVE = {"RSQRT": (0,), "SQRT": (0,), "LOG": (0,), "POW": (0,)}
"""Ops with inputs that must not be below, or at, 0."""
_DIVISORS = {"DIV": (1,), "FLOOR_DIV": (1,), "FLOOR_MOD": (1,)}
_SAME_VALUES = frozenset(
    (
        *("RESHAPE", "EXPAND_DIMS", "SQUEEZE", "TRANSPOSE", "SLICE", "STRIDED_SLICE", "SPLIT"),
        *("SPLIT_V", "UNPACK", "PACK", "CONCATENATION", "TILE", "BROADCAST_TO", "GATHER"),
        *("CAST", "QUANTIZE", "DEQUANTIZE", "REVERSE_V2"),
    )
)
"""Ops whose outputs hold the values of their inputs, if in other places or another type."""


@dataclass(frozen=True)
class Allowed:
    """The values that an input may have.

    Attributes
    ----------
    rows
        Integers are below this.
    positive
        Whether they must be above 0.
    """

    rows: int = INTEGERS
    positive: bool = False


def random_dataset(facts: ModelFacts, samples: int = SAMPLES) -> Dataset:
    """Return unlabelled random samples for a model.

    Quantized inputs are uniform over every value that the type can hold, floats uniform from
    -1 to 1, booleans either, integers 0 to 9, or a valid row number where the model uses them
    to look something up. What the model divides by, or takes a root or a logarithm of, is above 0.
    """
    allowed = [_allowed(facts, tensor) for tensor in facts.inputs]

    def sample(index: int) -> Sample:
        rng = np.random.default_rng((SEED, index))
        pairs = zip(facts.inputs, allowed, strict=True)
        return tuple(_values(tensor, each, rng) for tensor, each in pairs)

    return Dataset(
        name="random",
        count=samples,
        sample=sample,
        limits="random inputs: speed only, accuracy can't be measured",
        is_random=True,
        names=facts.input_names,
    )


def _values(tensor: Tensor, allowed: Allowed, rng: np.random.Generator) -> NDArray[np.generic]:
    shape = tensor.sample_shape
    kind = tensor.dtype.kind
    if kind == "b":
        return np.asarray(rng.integers(0, 2, shape)).astype(bool)
    if kind == "f":
        least = LEAST_POSITIVE if allowed.positive else -1.0
        return np.asarray(rng.uniform(least, 1.0, shape)).astype(np.float32)
    if tensor.quantization is None:
        least_integer = min(int(allowed.positive), allowed.rows - 1)
        return np.asarray(rng.integers(least_integer, allowed.rows, shape)).astype(np.int32)
    limits = np.iinfo(tensor.dtype.name)
    zero_point = tensor.quantization.zero_points[0]
    lowest = limits.min
    if allowed.positive and limits.min <= zero_point < limits.max:
        lowest = zero_point + 1
    stored = np.asarray(rng.integers(lowest, limits.max + 1, shape))
    return (stored - zero_point) * tensor.quantization.scales[0]


def _allowed(facts: ModelFacts, tensor: Tensor) -> Allowed:
    """Follow an input's values through the ops that only move them; see what they are used for."""
    rows: list[int] = []
    positive = False
    for op, place in _uses(facts, tensor):
        positive |= place in (*_POSITIVE.get(op.name, ()), *_DIVISORS.get(op.name, ()))
        index, table = _LOOKUPS.get(op.name, (None, None))
        if index == place and table is not None and table < len(op.inputs):
            rows.append(_rows_of(facts, op, facts.tensors[op.inputs[table]]))
    return Allowed(max(1, min(rows, default=INTEGERS)), positive)


def _uses(facts: ModelFacts, tensor: Tensor) -> Iterator[tuple[Op, int]]:
    """Yield each op that reads a tensor's values, and as which of its inputs."""
    holding = {tensor.index}
    # Ops stand in the order in which they run.
    for op in facts.ops:
        places = [place for place, number in enumerate(op.inputs) if number in holding]
        for place in places:
            yield op, place
        if places and op.name in _SAME_VALUES:
            holding.update(op.outputs)


def _rows_of(facts: ModelFacts, op: Op, table: Tensor) -> int:
    """Return how many rows an op may pick from; the least that it can be if the axis is unknown."""
    if op.name == "EMBEDDING_LOOKUP" or len(table.shape) < 2:
        return min(table.shape[:1], default=1)
    if op.name == "GATHER_ND":
        return min(table.shape, default=1)
    indices, made = facts.tensors[op.inputs[1]].shape, facts.tensors[op.outputs[0]].shape
    fitting = [
        size
        for axis, size in enumerate(table.shape)
        if (*table.shape[:axis], *indices, *table.shape[axis + 1 :]) == made
    ]
    return min(fitting or table.shape)
