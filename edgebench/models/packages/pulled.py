"""Find the models and the data of MLPerf Tiny's packages that were pulled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgebench.datasets.loaders.mlperf_tiny import LABELS_FILE
from edgebench.files.folders import cache_folder
from edgebench.mlperf.tiny.names import DATA_FOLDERS, DEVICE_MODELS

PACKAGES: Mapping[str, str] = {
    model: f"mlperf-tiny/{benchmark}" for model, benchmark in DEVICE_MODELS.items()
}
"""The package of each name that the reference firmware gives its model."""


def package_of(spec: str) -> str:
    """Return the package that a model's name begins with; empty if it is none of them.

    Examples
    --------
    >>> package_of("mlperf-tiny/ic:float32"), package_of("kws-ds-cnn")
    ('mlperf-tiny/ic', '')
    """
    name = spec.partition(":")[0]
    return name if name in PACKAGES.values() else ""


def device_model_of(spec: str) -> str:
    """Return what the reference firmware calls a package's model; empty if it is no package."""
    package = package_of(spec)
    return next((model for model, name in PACKAGES.items() if name == package), "")


def pulled_files(package: str) -> tuple[Path, ...]:
    """Return the .tflite files of a package, as far as they were pulled."""
    return tuple(sorted((cache_folder("pull").path / package).glob("*.tflite")))


def pulled_data(spec: str) -> str | None:
    """Return the dataset of a package as `load_dataset` takes it; None if there is none here."""
    model = device_model_of(spec)
    if not model:
        return None
    data = DATA_FOLDERS[model]
    folder = cache_folder("pull").path / PACKAGES[model] / data
    return f"mlperf-tiny-{data}@{folder}" if (folder / LABELS_FILE).is_file() else None
