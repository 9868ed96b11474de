"""How good a model's outputs are, and how far one model's are from another's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import LEAST_PROBABILITY, SCORERS, Score
from edgebench.metrics import is_classification
from edgebench.models.interpret import outputs_of, samples_of
from edgebench.models.resolve import Model
from edgebench.runtime_settings import Resolver

Values = NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """A model's outputs on a dataset, and what they are worth.

    ``log_loss`` is None where the outputs are no class probabilities.
    """

    outputs: Values
    score: Score | None
    log_loss: float | None


@dataclass(frozen=True)
class Agreement:
    """How near outputs are to reference outputs.

    ``snr_db`` is the reference's power over the power of the difference; infinite if they are
    equal. ``top1`` is the share, 0 to 1, of samples whose highest output is the same.
    """

    snr_db: float
    top1: float
    largest_difference: float


def evaluate(
    model: Model,
    dataset: Dataset,
    runtime: str | None = None,
    resolver: Resolver = "no-delegate",
) -> Evaluation:
    """Run a whole dataset and score it.

    Raises
    ------
    DatasetMismatch
        If the data don't fit the model.
    """
    return scored(outputs_of(model, samples_of(dataset), runtime, resolver), dataset)


def scored(outputs: Values, dataset: Dataset) -> Evaluation:
    """Score outputs that are there already."""
    if dataset.metric is None or dataset.labels is None:
        return Evaluation(outputs, None, None)
    score = SCORERS[dataset.metric](outputs, dataset)
    loss = log_loss(outputs, dataset.labels) if is_classification(dataset.metric) else None
    return Evaluation(outputs, score, loss)


def log_loss(outputs: Values, labels: NDArray[np.int64]) -> float:
    """Return the mean of -ln p(label).

    Outputs that are no probabilities (some are negative, or most rows don't sum to about 1) are
    taken for logits and go through a softmax first. Quantized probabilities are scaled to sum to 1.
    """
    values = outputs.astype(np.float64)
    sums = values.sum(axis=1)
    if values.min() < 0 or not 0.5 < np.median(sums) < 1.5:
        values = np.exp(values - values.max(axis=1, keepdims=True))
        sums = values.sum(axis=1)
    picked = values[np.arange(len(values)), labels] / np.maximum(sums, LEAST_PROBABILITY)
    return float(-np.mean(np.log(np.maximum(picked, LEAST_PROBABILITY))))


def agreement(outputs: Values, reference: Values) -> Agreement:
    """Compare outputs with a reference's, both of shape (samples, values)."""
    difference = outputs.astype(np.float64) - reference
    same = np.argmax(outputs, axis=1) == np.argmax(reference, axis=1)
    return Agreement(
        snr_db=snr_db(outputs, reference),
        top1=float(np.mean(same)),
        largest_difference=float(np.abs(difference).max(initial=0.0)),
    )


def snr_db(values: NDArray[np.generic], reference: NDArray[np.generic]) -> float:
    """Return 10 log10 of the reference's power over that of the difference."""
    exact = np.asarray(reference, np.float64)
    noise = float(np.sum((np.asarray(values, np.float64) - exact) ** 2))
    signal = float(np.sum(exact**2))
    if noise == 0:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal else float("-inf")
