"""Inputs for a model that has no data: random numbers of the right type and range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset, Sample
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.tensors import Tensor

SEED = 1
SAMPLES = 256

# Ops whose integer input picks a row of another input: (their name, the index, the table).
_LOOKUPS = {"GATHER": (1, 0), "EMBEDDING_LOOKUP": (0, 1)}


def random_dataset(facts: ModelFacts, samples: int = SAMPLES) -> Dataset:
    """Return unlabelled random samples for a model.

    Quantized inputs are uniform over every value that the type can hold, floats uniform from
    -1 to 1, booleans either, integers 0 to 9, or a valid row number where the model uses them
    to look something up.
    """
    limits = [_row_count(facts, tensor) for tensor in facts.inputs]

    def sample(index: int) -> Sample:
        rng = np.random.default_rng((SEED, index))
        pairs = zip(facts.inputs, limits, strict=True)
        return tuple(_values(tensor, rows, rng) for tensor, rows in pairs)

    return Dataset(
        name="random",
        count=samples,
        sample=sample,
        limits="random inputs: speed only, accuracy can't be measured",
        is_random=True,
        names=facts.input_names,
    )


def _values(tensor: Tensor, rows: int, rng: np.random.Generator) -> NDArray[np.generic]:
    shape = tensor.sample_shape
    kind = tensor.dtype.kind
    if kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind == "f":
        return rng.uniform(-1.0, 1.0, shape).astype(np.float32)
    if tensor.quantization is None:
        return rng.integers(0, rows, shape).astype(np.int32)
    limits = np.iinfo(tensor.dtype.name)
    stored = rng.integers(limits.min, limits.max + 1, shape)
    return (stored - tensor.quantization.zero_points[0]) * tensor.quantization.scales[0]


def _row_count(facts: ModelFacts, tensor: Tensor) -> int:
    """Return how many rows an index may pick from; 10 where it is no index."""
    rows = [
        facts.tensors[op.inputs[table]].shape[0]
        for op in facts.consumers(tensor)
        for index, table in [_LOOKUPS.get(op.name, (None, None))]
        if index is not None and table is not None and op.inputs[index] == tensor.index
    ]
    return min(rows, default=10)
