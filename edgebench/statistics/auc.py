"""The area under the ROC curve, with a bootstrap interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetMismatch
from edgebench.statistics.intervals import CONFIDENCE, Interval

RESAMPLES = 1000
SEED = 1


def auc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve; equal scores count half.

    The Mann-Whitney form: the share of (positive, negative) pairs in the right order.

    Parameters
    ----------
    scores, positive
        Shape (samples,): a sample's score, and whether it is of class 1.

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
    """Return the 95 % percentile bootstrap interval, resampled within each class, seed fixed.

    Efron and Tibshirani (An Introduction to the Bootstrap, 1993, section 13.3).
    """
    rng = np.random.default_rng(SEED)
    ones, zeros = np.flatnonzero(positive), np.flatnonzero(~positive)
    values = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([rng.choice(ones, ones.size), rng.choice(zeros, zeros.size)])
        values.append(auc(scores[drawn], positive[drawn]))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return Interval(float(low), float(high), f"bootstrap, {RESAMPLES} resamples")
