"""The outputs of a model of any format, without a harness: what `compare-models` compares."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.models.interpret import Interpreted
from edgebench.models.resolve import Model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import TFLITE
from edgebench.runtimes.drivers import default_runtime


class Runner(Protocol):
    """What runs one sample of real values and returns the outputs as real values."""

    def run(self, sample: Sample) -> tuple[NDArray[np.float32], ...]:
        """Run one sample."""


class OpenedModel:
    """A model of another format than .tflite in its preferred runtime; see `Runner`."""

    def __init__(self, model: Model) -> None:
        driver = default_runtime(model.format)
        self._sut = driver.open(model, RuntimeSettings())

    def run(self, sample: Sample) -> tuple[NDArray[np.float32], ...]:
        """Run one sample.

        Raises
        ------
        DatasetMismatch
            If it does not fit the model.
        SutFailed
            If the runtime fails on it.
        """
        self._sut.load({0: sample})
        return self._sut.decode(self._sut.infer((0,)).outputs[0].tobytes())


def runner_of(model: Model) -> Runner:
    """Return what runs a model: the reference kernels for a .tflite, else its own runtime."""
    if model.format != TFLITE:
        return OpenedModel(model)
    return Interpreted(model, resolver="reference", keep_tensors=True)
