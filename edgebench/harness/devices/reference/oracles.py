"""Whose reference kernels a device's outputs are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.harness.devices.reference.tflm import PACKAGE as TFLM
from edgebench.harness.devices.reference.tflm import outputs_by_tflm
from edgebench.models.interpret import all_outputs_of
from edgebench.models.resolve import Model
from edgebench.runtimes.contract import InterpreterDriver
from edgebench.runtimes.drivers import installed_interpreters, runtime_drivers

Outputs = Callable[[Model, Sequence[Sample]], tuple[NDArray[np.float32], ...]]


def exact_packages() -> str:
    """Return the packages that have an exact reference, for people."""
    drivers, _ = runtime_drivers()
    exact = [each for each in drivers if isinstance(each, InterpreterDriver) and each.is_exact]
    return " or ".join([TFLM.distribution, *(each.requires.distribution for each in exact)])


@dataclass(frozen=True)
class Oracle:
    """Reference kernels that are installed here.

    Attributes
    ----------
    is_exact
        Whether they are TensorFlow Lite Micro's bit for bit, so that any difference is the
        device's. Others round some ops otherwise.
    outputs
        Gives each output of samples in real values, shape (samples, values); raises
        `ModelNotSupported` where it can't run the model.
    """

    name: str
    is_exact: bool
    outputs: Outputs


def oracles() -> Iterator[Oracle]:
    """Yield the installed ones, the best first."""
    interpreters = [(each, each.is_exact) for each in installed_interpreters()]
    yield from (_interpreted(each) for each, is_exact in interpreters if is_exact)
    if TFLM.version is not None:
        yield Oracle(f"tflite-micro {TFLM.version}, reference kernels", True, outputs_by_tflm)
    yield from (_interpreted(each) for each, is_exact in interpreters if not is_exact)


def _interpreted(driver: InterpreterDriver) -> Oracle:
    return Oracle(
        f"{driver.name} {driver.requires.version}, reference kernels",
        driver.is_exact,
        partial(_by_interpreter, driver.name),
    )


def _by_interpreter(
    runtime: str, model: Model, samples: Sequence[Sample]
) -> tuple[NDArray[np.float32], ...]:
    return all_outputs_of(model, samples, runtime, "reference")
