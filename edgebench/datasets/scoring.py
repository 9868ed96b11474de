"""Score a model's outputs: one number with its confidence interval.

Outputs are real values, shape (samples, values of one output); the labels are those of the
dataset. Every metric is in percent or in 0 to 1 as its field writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Dataset
from edgebench.errors import DatasetMismatch
from edgebench.metrics import (
    AUC,
    AUC_OF_CLICKS,
    AUC_OF_RECONSTRUCTION,
    LOG_LOSS,
    TOP1,
    is_classification,
)
from edgebench.statistics.auc import auc, bootstrap_auc
from edgebench.statistics.intervals import Interval, mean_interval, wilson

LEAST_PROBABILITY = 1e-7
"""What a log-loss takes for a probability of 0."""


@dataclass(frozen=True)
class Score:
    """A metric's value. ``count`` is how many samples (or recordings) were scored.

    ``best`` is what the best possible answers would have, where the data tell; ``secondary``
    are other metrics of the same answers.
    """

    metric: str
    value: float
    unit: str
    count: int
    interval: Interval
    best: float | None = None
    secondary: tuple[Score, ...] = ()


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
    if dataset.metric not in SCORERS:
        raise DatasetMismatch.unknown(
            "metric", dataset.metric, SCORERS, where=f"of the dataset {dataset.name}"
        )
    if is_classification(dataset.metric):
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
    interval = wilson(correct, labels.size).scaled(100)
    return Score(TOP1.name, 100 * correct / labels.size, TOP1.unit, int(labels.size), interval)


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
    """Return the AUC of the output as the probability of class 1.

    The log-loss is the secondary metric; its interval is that of a mean.
    """
    probability = outputs[:, -1].astype(np.float64)
    score = _auc_score(probability, dataset)
    labels = _labels(dataset, probability) == 1
    likely = np.clip(np.where(labels, probability, 1.0 - probability), LEAST_PROBABILITY, None)
    losses = -np.log(likely)
    best = dataset.best
    loss = Score(
        LOG_LOSS.name,
        float(losses.mean()),
        LOG_LOSS.unit,
        losses.size,
        mean_interval(losses),
        None if best is None else best.log_loss,
    )
    return replace(score, best=None if best is None else best.auc, secondary=(loss,))


SCORERS: dict[str, Callable[[Outputs, Dataset], Score]] = {
    TOP1.name: top1,
    AUC.name: auc_of_score,
    AUC_OF_RECONSTRUCTION.name: auc_of_reconstruction,
    AUC_OF_CLICKS.name: auc_of_clicks,
}
"""By the names of `edgebench.metrics`: those that a dataset can be scored by."""


def _auc_score(scores: NDArray[np.floating[Any]], dataset: Dataset) -> Score:
    labels = _labels(dataset, scores)
    if dataset.groups is not None:
        totals = np.bincount(dataset.groups, weights=scores, minlength=labels.size)
        scores = totals / np.bincount(dataset.groups, minlength=labels.size)
    value = auc(scores, labels == 1)
    return Score(AUC.name, value, AUC.unit, int(labels.size), bootstrap_auc(scores, labels == 1))


def _labels(dataset: Dataset, outputs: NDArray[Any]) -> NDArray[np.int64]:
    scored = dataset.count if dataset.labels is not None else 0
    if dataset.labels is None or len(outputs) != scored:
        raise DatasetMismatch(
            f"{dataset.name} has {scored} labelled samples, {len(outputs)} outputs came"
        )
    return dataset.labels
