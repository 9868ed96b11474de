"""Say what keeps an official run out of a submission, as far as it is known before it."""

from __future__ import annotations

from edgebench.datasets.dataset import Dataset
from edgebench.harness.request import RunRequest
from edgebench.mlperf.fitness import too_few_samples
from edgebench.mlperf.rounds import ROUND_SEEDS, latest_round


def not_submittable(request: RunRequest, model: str, dataset: Dataset) -> str:
    """Return why an official run on this machine can't be submitted; nothing if nothing is known.

    MLPerf Tiny's runs of serial devices have rules of their own.
    """
    if not request.official or request.device is not None:
        return ""
    return short_of_samples(model, request.round, dataset)


def short_of_samples(model: str, round_: str | None, dataset: Dataset) -> str:
    """Return why a round, or the latest one, has no result of so few samples; else nothing."""
    version = round_ or latest_round(ROUND_SEEDS)
    return too_few_samples(model, {}, version, dataset.count, dataset.metric)
