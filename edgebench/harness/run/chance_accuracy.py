"""Recognize an accuracy that guessing would have, and say what may be wrong with the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgebench.datasets.dataset import Dataset
from edgebench.metrics import is_classification
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.tensors import Tensor
from edgebench.rundir.records.accuracy import AccuracyRecord

LEAST_SAMPLES = 10
"""Of fewer, guessing may well be right."""
LOOKED_AT = 64
"""Samples whose values are looked at."""


def chance_warning(
    accuracy: AccuracyRecord, dataset: Dataset, facts: ModelFacts | None
) -> Iterator[str]:
    """Yield a warning where the accuracy's interval reaches down to what guessing would have.

    Guessing: the most frequent label for every sample, or an AUC of 0.5.
    """
    guessed = _guessed(accuracy, dataset)
    if guessed is None or accuracy.low > guessed[0]:
        return
    ranges = [] if facts is None or dataset.is_random else _ranges(dataset, facts)
    yield (
        f"accuracy {accuracy.value:.4g}{accuracy.unit} is no better than chance ({guessed[1]}): "
        f"are the inputs scaled, ordered and labelled as in training?{' '.join(('', *ranges))}"
    )


def _guessed(accuracy: AccuracyRecord, dataset: Dataset) -> tuple[float, str] | None:
    """Return what guessing scores and how it guesses; None where nothing can be said."""
    labels = dataset.scored.labels
    if labels is None or labels.size < LEAST_SAMPLES:
        return None
    _, counts = np.unique(labels, return_counts=True)  # labels may be any numbers
    if len(counts) < 2:
        return None
    if is_classification(accuracy.metric):
        share = 100 * float(counts.max()) / labels.size
        return share, f"{share:.4g}% have the most frequent label"
    return 0.5, "an AUC of 0.5"


def _ranges(dataset: Dataset, facts: ModelFacts) -> list[str]:
    """Return each input's values in the data, next to those that a quantized input can hold."""
    samples = [dataset.sample(index) for index in range(min(LOOKED_AT, dataset.count))]
    found = []
    for number, (name, tensor) in enumerate(zip(facts.input_names, facts.inputs, strict=True)):
        values = [np.asarray(sample[number]) for sample in samples if number < len(sample)]
        sizes = [each for each in values if each.size]
        if sizes:
            low = min(float(each.min()) for each in sizes)
            high = max(float(each.max()) for each in sizes)
            found.append(f"{name} is given {low:.4g} to {high:.4g}{_held(tensor)}.")
    return found


def _held(tensor: Tensor) -> str:
    quantization = tensor.quantization
    if quantization is None or tensor.dtype.kind not in "iu":
        return ""
    limits = np.iinfo(tensor.dtype.name)
    scale, zero = quantization.scales[0], quantization.zero_points[0]
    low, high = ((limit - zero) * scale for limit in (limits.min, limits.max))
    return f", and holds {low:.4g} to {high:.4g}"
