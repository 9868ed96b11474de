"""Say before a run whether its data can be submitted: some benchmarks need more samples."""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.metrics import TOP1
from edgebench.mlperf.inference_models import INFERENCE_MODELS
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS, mlperf_model

CLASSIFIERS = "resnet"
"""The edge benchmark that a classifier of images, or of anything, counts as."""
OF_METRIC = {TOP1.name: CLASSIFIERS}


def too_few_samples(
    model: str, mapping: Mapping[str, str], version: str, samples: int, metric: str | None = None
) -> str:
    """Return why so many samples can't be submitted; nothing if they can.

    Parameters
    ----------
    mapping
        Which benchmark models count as, as far as that is known.
    samples
        How many there are to be loaded.
    metric
        What the data is scored by: it tells the benchmark of a model that nothing else tells.
    """
    known = INFERENCE_ROUNDS[version].suites["edge"].required
    benchmark = mlperf_model(model, mapping, version) or OF_METRIC.get(metric or "", "")
    if benchmark in known:
        wanted = INFERENCE_MODELS[benchmark].loaded_samples
        if samples >= wanted:
            return ""
        return (
            f"{samples:,} samples, and MLPerf's {benchmark}, which {model} counts as, needs "
            f"{wanted:,}: such a run can't be submitted"
        )
    least = min(known, key=lambda name: INFERENCE_MODELS[name].loaded_samples)
    wanted = INFERENCE_MODELS[least].loaded_samples
    if samples >= wanted:
        return ""
    return (
        f"{samples:,} samples, and MLPerf's benchmarks of {version} need {wanted:,} or more: such "
        "a run can't be submitted"
    )
