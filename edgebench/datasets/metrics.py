"""From a model's outputs to one number, with an interval round it.

Outputs are real values, shape (samples, values of one output); the labels are those of the
dataset. Every metric is in percent or in 0 to 1 as its field writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.errors import DatasetMismatch

CONFIDENCE = 0.95
_Z = 1.959963984540054  # the normal quantile of 0.975
_RESAMPLES = 1000
_BOOTSTRAP_SEED = 1
LEAST_PROBABILITY = 1e-7
"""What a log-loss takes for a probability of 0."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval and how it was made."""

    low: float
    high: float
    method: str
    confidence: float = CONFIDENCE


@dataclass(frozen=True)
class Score:
    """A metric's value. ``count`` is how many samples (or recordings) were scored.

    ``best`` is what the best possible answers would have, where the data tell; ``beside`` are
    other metrics of the same answers.
    """

    metric: str
    value: float
    unit: str
    count: int
    interval: Interval
    best: float | None = None
    beside: tuple[Score, ...] = ()


Outputs = NDArray[np.float32]


def check_scorable(dataset: Dataset, output_values: int) -> None:
    """Check before anything is measured that a dataset can score a model.

    Parameters
    ----------
    output_values
        How many values the model's first output has a sample.

    Raises
    ------
    DatasetMismatch
        If there is no such metric, or a label is not a class of the model's output.
    """
    if dataset.metric is None or dataset.labels is None:
        return
    if dataset.metric not in METRICS:
        raise DatasetMismatch(
            f"the dataset {dataset.name} asks for the metric {dataset.metric!r}; there are "
            f"{', '.join(METRICS)}"
        )
    if dataset.metric == "top1":
        _check_classes(dataset, output_values)


def _check_classes(dataset: Dataset, output_values: int) -> None:
    largest = 0 if dataset.labels is None else int(dataset.labels.max(initial=0))
    if largest >= output_values:
        raise DatasetMismatch(
            f"the dataset {dataset.name} has the class {largest}, the model's output only "
            f"{output_values} values"
        )


def top1(outputs: Outputs, dataset: Dataset) -> Score:
    """Return how often the highest output is the label, in percent, with a Wilson interval.

    Of equal outputs the first counts, as numpy's argmax has it in MLPerf Tiny's runner.

    Raises
    ------
    DatasetMismatch
        If a label is not a class of the model's output.
    """
    labels = _labels(dataset, outputs)
    _check_classes(dataset, outputs.shape[1])
    correct = int(np.sum(np.argmax(outputs, axis=1) == labels))
    low, high = wilson(correct, labels.size)
    interval = Interval(100 * low, 100 * high, "Wilson")
    return Score("top1", 100 * correct / labels.size, "%", int(labels.size), interval)


def auc_of_score(outputs: Outputs, dataset: Dataset) -> Score:
    """Return the AUC of the last output value as a score of class 1."""
    return _auc_score(outputs[:, -1], dataset)


def auc_of_reconstruction(outputs: Outputs, dataset: Dataset) -> Score:
    """Return the AUC of an autoencoder's mean squared error as a score of class 1, an anomaly.

    Where recordings were cut into windows, a recording's score is the mean over its windows
    (MLPerf Tiny's anomaly detection).
    """
    if outputs.shape[1] == 1:  # MLPerf Tiny's firmware computes the error itself
        return _auc_score(outputs[:, 0].astype(np.float64), dataset)
    inputs = np.stack([dataset.sample(i)[0].ravel() for i in range(len(outputs))])
    if inputs.shape != outputs.shape:
        raise DatasetMismatch(
            f"an autoencoder returns its input: {inputs.shape[1]} values in, {outputs.shape[1]} out"
        )
    errors = np.mean(np.square(outputs.astype(np.float64) - inputs), axis=1)
    return _auc_score(errors, dataset)


def auc_of_clicks(outputs: Outputs, dataset: Dataset) -> Score:
    """Return the AUC of the output as the probability of class 1, and the log-loss beside it.

    The log-loss's interval is that of a mean (normal approximation).
    """
    probability = outputs[:, -1].astype(np.float64)
    score = _auc_score(probability, dataset)
    labels = _labels(dataset, probability) == 1
    likely = np.clip(np.where(labels, probability, 1.0 - probability), LEAST_PROBABILITY, None)
    losses = -np.log(likely)
    mean, half = float(losses.mean()), _Z * float(losses.std()) / sqrt(losses.size)
    interval = Interval(mean - half, mean + half, "mean +- 1.96 standard errors")
    best = dataset.best
    loss = Score(
        "log-loss", mean, "nats", losses.size, interval, None if best is None else best.log_loss
    )
    return replace(score, best=None if best is None else best.auc, beside=(loss,))


METRICS: dict[str, Callable[[Outputs, Dataset], Score]] = {
    "top1": top1,
    "auc": auc_of_score,
    "auc-reconstruction": auc_of_reconstruction,
    "auc-clicks": auc_of_clicks,
}


def _auc_score(scores: NDArray[np.floating[Any]], dataset: Dataset) -> Score:
    labels = _labels(dataset, scores)
    if dataset.groups is not None:
        totals = np.bincount(dataset.groups, weights=scores, minlength=labels.size)
        scores = totals / np.bincount(dataset.groups, minlength=labels.size)
    value = auc(scores, labels == 1)
    return Score("auc", value, "", int(labels.size), bootstrap_auc(scores, labels == 1))


def _labels(dataset: Dataset, outputs: NDArray[Any]) -> NDArray[np.int64]:
    scored = dataset.count if dataset.labels is not None else 0
    if dataset.labels is None or len(outputs) != scored:
        raise DatasetMismatch(
            f"{dataset.name} has {scored} labelled samples, {len(outputs)} outputs came"
        )
    return dataset.labels


def auc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve; equal scores count half.

    The Mann-Whitney form: the share of (positive, negative) pairs in the right order.

    Raises
    ------
    DatasetMismatch
        If all samples are of one class.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        raise DatasetMismatch("an AUC needs samples of both classes")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(mean_rank[inverse][positive].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def bootstrap_auc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> Interval:
    """Return a percentile bootstrap interval, resampled within each class, seed fixed."""
    rng = np.random.default_rng(_BOOTSTRAP_SEED)
    ones, zeros = np.flatnonzero(positive), np.flatnonzero(~positive)
    values = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([rng.choice(ones, ones.size), rng.choice(zeros, zeros.size)])
        values.append(auc(scores[drawn], positive[drawn]))
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high), f"bootstrap, {_RESAMPLES} resamples")


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion, 0 to 1.

    Wilson (1927), without continuity correction: it stays inside 0 to 1 and holds at the
    edges, where the normal approximation does not.

    Raises
    ------
    DatasetMismatch
        If there were no trials.
    """
    if trials <= 0:
        raise DatasetMismatch("no sample was scored")
    share = successes / trials
    divisor = 1 + _Z**2 / trials
    centre = (share + _Z**2 / (2 * trials)) / divisor
    half = _Z * sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2)) / divisor
    return max(0.0, centre - half), min(1.0, centre + half)
