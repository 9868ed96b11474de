"""Numbers of models of one op, drawn at random, and inputs for such models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization

Pick = Callable[[int, int], int]
"""A whole number from a range, both ends in it: hypothesis draws it, or a seeded generator."""

SIXTEENTH = 16.0


class Drawn:
    """Numbers of a model, drawn one at a time; arrays come from a seed that is drawn."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.rng = np.random.default_rng(pick(0, 2**31))

    def one_of(self, *values: Any) -> Any:
        return values[self.pick(0, len(values) - 1)]

    def scale(self, low: float = -9.0, high: float = 0.0) -> float:
        """Return 2^x for an x between the two, a power of two now and then, as a float32."""
        steps = self.pick(int(low * SIXTEENTH), int(high * SIXTEENTH))
        jitter = 0.0 if self.pick(0, 5) == 0 else float(self.rng.uniform(0, 1 / SIXTEENTH))
        return float(np.float32(2.0 ** (steps / SIXTEENTH + jitter)))

    def int8(self) -> Quantization:
        zero = self.one_of(-128, 127, 0, self.pick(-128, 127))
        return Quantization((self.scale(),), (zero,))

    def int16(self) -> Quantization:
        return Quantization((self.scale(-15.0, -3.0),), (0,))

    def values(self, shape: Sequence[int], low: int, high: int, dtype: str) -> Any:
        return self.rng.integers(low, high, tuple(shape), endpoint=True).astype(dtype)


def model_of(op: NewOp, source: NewTensor, output: NewTensor, *others: NewTensor) -> NewModel:
    return NewModel([source, output, *others], [op], [source.name], [output.name])


def inputs_for(model: NewModel, count: int, rng: np.random.Generator) -> list[Any]:
    """Return inputs: the two ends of the type everywhere, all values in turn, and random ones."""
    source = next(tensor for tensor in model.tensors if tensor.name == model.inputs[0])
    size = int(np.prod(source.shape))
    if source.dtype == "float32":
        return _real_inputs(model, source.shape, count, rng)
    limits = np.iinfo(source.dtype)
    found = [
        np.full(size, limits.min),
        np.full(size, limits.max),
        np.arange(limits.min, limits.min + size) if size <= 256 else rng.permutation(size) % 256,
    ]
    found += [rng.integers(limits.min, limits.max, size, endpoint=True) for _ in range(count)]
    return [
        np.clip(each, limits.min, limits.max).astype(source.dtype).reshape(source.shape)
        for each in found
    ]


def _real_inputs(
    model: NewModel, shape: tuple[int, ...], count: int, rng: np.random.Generator
) -> list[Any]:
    """Return floats: halves of steps and their neighbours, zeros of both signs, huge and tiny."""
    output = next(tensor for tensor in model.tensors if tensor.name == model.outputs[0])
    assert output.quantization is not None
    scale = np.float32(output.quantization.scales[0])
    size = int(np.prod(shape))
    halves = ((np.arange(size) - size // 2) / 2).astype(np.float32) * scale
    odd = np.resize(np.array([0.0, -0.0, 1e-45, -1e-45, 0.49999997, -0.49999997, 1e30]), size)
    found = [halves, np.nextafter(halves, np.float32(np.inf)), np.nextafter(halves, -np.inf)]
    found += [(odd * scale).clip(-3e4 * scale, 3e4 * scale)]
    found += [rng.normal(0, 60, size) * scale for _ in range(count)]
    return [each.astype(np.float32).reshape(shape) for each in found]
