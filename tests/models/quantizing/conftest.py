"""A model to quantize, and its data."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.models.interpret import samples_of
from edgebench.models.resolve import Model, resolve_model

FEW = 200


@pytest.fixture(scope="session")
def kws() -> Model:
    return resolve_model("kws-ds-cnn:float32")


@pytest.fixture(scope="session")
def calibration() -> list[tuple[np.ndarray, ...]]:
    return list(samples_of(load_dataset("kws", "calibration"), 100))


@pytest.fixture(scope="session")
def few() -> Dataset:
    """The first samples of the evaluation set: quick, and all classes alike."""
    data = load_dataset("kws")
    assert data.labels is not None
    return dataclasses.replace(data, count=FEW, labels=data.labels[:FEW])
