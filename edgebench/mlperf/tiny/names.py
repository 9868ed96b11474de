"""Map what devices call MLPerf Tiny's models to the benchmarks' names in trees.

A device says ``ic02`` (``m-model-[ic02]``) where a submission's folder is called ``ic2``.
Source: mlcommons/tiny, internally_implemented.h and tools/submission.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.mlperf.tiny.tree import BENCHMARKS

DEVICE_MODELS: Mapping[str, str] = {
    "kws01": "kws",
    "ic01": "ic",
    "ic02": "ic2",
    "vww01": "vww",
    "ad01": "ad",
    "sww01": "sww",
}
"""The benchmark of each name that the reference firmware gives its model."""
DATA_FOLDERS: Mapping[str, str] = {**{model: model for model in DEVICE_MODELS}, "ic02": "ic01"}
"""The folder of each model's data: both image classifiers are scored on the same files."""


def benchmark_of_model(model: str) -> str:
    """Return the benchmark of a device's model, ``kws`` of ``kws01``; empty if there is none.

    Firmware in the field also leaves the number out, or counts its own versions: ``kws``, ``kws1``.
    """
    said = model.strip().lower()
    candidates = (DEVICE_MODELS.get(said, ""), said, said.rstrip("0123456789"))
    return next((each for each in candidates if each in BENCHMARKS), "")
