"""The ranges of a float model's activations, from real samples.

ai-edge-quantizer's own calibration averages the ranges of the samples, which makes them two to
three times too narrow; so they are measured here and handed to it. All of a tensor's values count
(the smallest and the largest), or fewer of them where clipping the rare ones makes the rest finer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.errors import DatasetMismatch, UsageError
from edgebench.models.first_inputs import with_example
from edgebench.models.interpret import Interpreted
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.tensors import Tensor

CLIPPINGS = ("minmax", "percentile", "mse")
PERCENTILE = 99.99
KEPT_A_SAMPLE = 512
"""At most so many values of a tensor are kept of each sample, for percentiles and MSE."""
_SHARES = np.linspace(0.3, 1.0, 36)
_SEED = 1


@dataclass(frozen=True)
class Observed:
    """Values that a tensor was seen to hold: its extremes, and a random part of them."""

    low: float
    high: float
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Observations:
    """Every float activation's values, by the tensor's name; ``samples`` were run."""

    tensors: dict[str, Observed]
    samples: int


def observe(model: Model, samples: Iterable[Sample]) -> Observations:
    """Run samples through a float model and look at its activations.

    Raises
    ------
    UsageError
        If there are no samples.
    DatasetMismatch
        If they don't fit the model.
    """
    rest = iter(samples)
    first = next(rest, None)
    if first is None:
        raise UsageError("calibration needs at least one sample")
    interpreted = Interpreted(with_example(model, first), keep_tensors=True)
    watched = _watched(model.facts)
    rng = np.random.default_rng(_SEED)
    low = dict.fromkeys((t.name for t in watched), np.inf)
    high = dict.fromkeys((t.name for t in watched), -np.inf)
    kept: dict[str, list[NDArray[np.float32]]] = {t.name: [] for t in watched}
    count = 0
    for sample in chain((first,), rest):
        interpreted.run(sample)
        count += 1
        for tensor in watched:
            values = interpreted.tensor(tensor.index).ravel()
            if not np.all(np.isfinite(values)):
                raise DatasetMismatch(
                    f"calibration sample {count - 1} makes `{tensor.name[:60]}` infinite or not a "
                    "number; are its values what the model was trained on?"
                )
            low[tensor.name] = min(low[tensor.name], float(values.min()))
            high[tensor.name] = max(high[tensor.name], float(values.max()))
            if values.size > KEPT_A_SAMPLE:
                values = rng.choice(values, KEPT_A_SAMPLE, replace=False)
            kept[tensor.name].append(values.copy())
    tensors = {
        name: Observed(low[name], high[name], np.concatenate(values))
        for name, values in kept.items()
    }
    return Observations(tensors, count)


def _watched(facts: ModelFacts) -> list[Tensor]:
    """Return the activations of a graph; tensors that no op touches have no memory to look at."""
    touched = {tensor.index for tensor in facts.inputs} | {
        i for op in facts.ops for i in op.outputs
    }
    return [t for t in facts.tensors if t.index in touched and _is_activation(t)]


def _is_activation(tensor: Tensor) -> bool:
    return tensor.type_name == "FLOAT32" and not tensor.constant_bytes and tensor.elements > 0


def ranges(observations: Observations, clipping: str, bits: int) -> dict[str, Any]:
    """Return each tensor's range as ai-edge-quantizer takes it.

    Parameters
    ----------
    clipping
        ``minmax``: all values; ``percentile``: without the rarest 0.01 %; ``mse``: what makes
        the mean squared error of the rounded values smallest.
    bits
        Of the activations.
    """
    found = {}
    for name, seen in observations.tensors.items():
        low, high = _clipped(seen, clipping, bits)
        found[name] = {
            "min": np.array(low, np.float32).reshape(1, 1, 1, 1),
            "max": np.array(high, np.float32).reshape(1, 1, 1, 1),
        }
    return found


def _clipped(seen: Observed, clipping: str, bits: int) -> tuple[float, float]:
    if clipping == "minmax" or seen.low == seen.high:
        return seen.low, seen.high
    if clipping == "percentile":
        low, high = np.percentile(seen.values, [100 - PERCENTILE, PERCENTILE])
        return min(float(low), 0.0), max(float(high), 0.0)
    if clipping != "mse":
        raise UsageError.unknown("clipping", clipping, CLIPPINGS)
    errors = [rounding_error(seen.values, seen.low * s, seen.high * s, bits) for s in _SHARES]
    best = float(_SHARES[int(np.argmin(errors))])
    return seen.low * best, seen.high * best


def rounding_error(values: NDArray[np.float32], low: float, high: float, bits: int) -> float:
    """Return the mean squared error of values that are rounded to a range of 2**bits steps."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = (high - low) / (2**bits - 1)
    if step == 0:
        return float(np.mean(values.astype(np.float64) ** 2))
    rounded = np.clip(np.round((values - low) / step), 0, 2**bits - 1) * step + low
    return float(np.mean((rounded - values) ** 2))
