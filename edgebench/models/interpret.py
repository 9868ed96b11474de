"""Running a model without a harness: for its outputs, its tensors, or a rough time.

What is measured for a result goes through `edgebench.sut`; this is for looking inside.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import now_ns
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.errors import DatasetMismatch, ModelNotSupported, SutFailed
from edgebench.models.first_inputs import first_fault, first_inputs, with_example
from edgebench.models.resolve import Model
from edgebench.models.tflite.details import in_order, require_values, resize_inputs
from edgebench.models.tflite.shapes import Shape
from edgebench.models.trial.trial import require_survival
from edgebench.processes.native_output import captured_stderr
from edgebench.runtime_settings import Resolver, RuntimeSettings
from edgebench.runtimes.contract import TFLITE
from edgebench.runtimes.drivers import default_runtime, interpreter_driver
from edgebench.runtimes.interpreter import new_interpreter, on_samples, run_first
from edgebench.statistics.quantiles import median

if TYPE_CHECKING:
    from edgebench.sut.contract import SystemUnderTest


class Interpreted:
    """A model in an interpreter, one thread.

    Parameters
    ----------
    runtime
        One with TensorFlow Lite's interpreter; None for the preferred one that is installed.

    Raises
    ------
    RuntimeMissing
        If the runtime is not installed.
    ModelNotSupported
        If it can't run the model.
    """

    def __init__(
        self,
        model: Model,
        runtime: str | None = None,
        resolver: Resolver = "no-delegate",
        keep_tensors: bool = False,
    ) -> None:
        driver = interpreter_driver(runtime)
        module = driver.load_interpreter()
        self._model = model
        facts = model.facts
        settings = RuntimeSettings(runtime=driver.name, resolver=resolver)
        require_survival(model, driver, settings, keep_tensors=keep_tensors)
        with captured_stderr(), warnings.catch_warnings():
            # Keeping all tensors is what looking inside is for; LiteRT warns that it costs memory.
            warnings.simplefilter("ignore", UserWarning)
            try:
                self._interpreter = _allocated(module, model, resolver, keep_tensors=keep_tensors)
                self._inputs = in_order(self._interpreter.get_input_details(), facts.inputs)
                run_first(self._interpreter, self._inputs, first_inputs(model))
                if facts.keeps_state:  # which the first run has changed
                    self._interpreter = _allocated(
                        module, model, resolver, keep_tensors=keep_tensors
                    )
            except (ValueError, RuntimeError) as error:
                raise ModelNotSupported(
                    f"{driver.name} can't run {model.label}: {first_fault(error, model)}"
                ) from error
        self._count = 0
        self._outputs = in_order(self._interpreter.get_output_details(), facts.outputs)
        require_values(self._outputs)

    def run(self, sample: Sample) -> tuple[NDArray[np.float32], ...]:
        """Run one sample of real values; return the outputs as real values.

        Raises
        ------
        DatasetMismatch
            If it does not fit the model.
        SutFailed
            If the runtime fails on it; the message has its number among those that were run.
        """
        self.set(sample)
        number = self._count
        self._count += 1
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise SutFailed(f"{self._model.label} fails {on_samples((number,), error)}") from error
        outputs = zip(self._model.facts.outputs, self._outputs, strict=True)
        return tuple(
            tensor.decode(self._interpreter.get_tensor(detail["index"]))
            for tensor, detail in outputs
        )

    def set(self, sample: Sample) -> None:
        """Put a sample into the input tensors."""
        inputs = self._model.facts.inputs
        if len(sample) != len(inputs):
            raise DatasetMismatch(
                f"{self._model.label} has {len(inputs)} inputs, a sample has {len(sample)}"
            )
        for tensor, detail, values in zip(inputs, self._inputs, sample, strict=True):
            stored = np.asarray(tensor.encode(values)).reshape(detail["shape"])
            self._interpreter.set_tensor(detail["index"], stored)

    def tensor(self, index: int) -> NDArray[Any]:
        """Return a tensor's stored values after `run` (with ``keep_tensors``)."""
        values: NDArray[Any] = self._interpreter.get_tensor(index)
        return values

    def shapes(self) -> dict[int, Shape]:
        """Return every tensor's shape, by its number: after `run`, those that the data made."""
        return {
            int(detail["index"]): tuple(int(size) for size in detail["shape"])
            for detail in self._interpreter.get_tensor_details()
        }

    def invoke_p50_ns(self, seconds: float = 0.3, least: int = 20) -> int:
        """Return the median time of ``invoke()`` on whatever the input holds."""
        invoke = self._interpreter.invoke
        times: list[int] = []
        end = now_ns() + int(seconds * 1e9)
        while len(times) < least or now_ns() < end:
            started = now_ns()
            invoke()
            times.append(now_ns() - started)
        return int(median(times))


class Runner(Protocol):
    """Runs one sample of real values and returns the outputs as real values."""

    def run(self, sample: Sample) -> tuple[NDArray[np.float32], ...]:
        """Run one sample."""


class OpenedModel:
    """A model of another format than .tflite in its preferred runtime; see `Runner`."""

    def __init__(self, sut: SystemUnderTest) -> None:
        self._sut = sut

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


@contextmanager
def runner_of(model: Model) -> Iterator[Runner]:
    """Open what runs a model: the reference kernels for a .tflite, else its own runtime."""
    if model.format == TFLITE:
        yield Interpreted(model, resolver="reference", keep_tensors=True)
        return
    with default_runtime(model.format).open(model, RuntimeSettings()) as sut:
        yield OpenedModel(sut)


def _allocated(module: ModuleType, model: Model, resolver: Resolver, *, keep_tensors: bool) -> Any:
    """Return a new interpreter of a model with its tensors allocated."""
    interpreter = new_interpreter(module, model.content, resolver, keep_tensors=keep_tensors)
    resize_inputs(interpreter, model.facts.inputs)
    interpreter.allocate_tensors()
    return interpreter


def samples_of(dataset: Dataset, limit: int | None = None) -> Iterator[Sample]:
    """Yield a dataset's samples, the first `limit` of them."""
    count = dataset.count if limit is None else min(limit, dataset.count)
    return (dataset.sample(index) for index in range(count))


def outputs_of(
    model: Model,
    samples: Iterable[Sample],
    runtime: str | None = None,
    resolver: Resolver = "no-delegate",
) -> NDArray[np.float32]:
    """Return the first output of every sample in real values, shape (samples, values)."""
    ran = _run(model, samples, runtime, resolver)
    return np.stack([outputs[0].ravel() for outputs in ran])


def all_outputs_of(
    model: Model,
    samples: Iterable[Sample],
    runtime: str | None = None,
    resolver: Resolver = "no-delegate",
) -> tuple[NDArray[np.float32], ...]:
    """Return each output of every sample in real values, shape (samples, values)."""
    ran = _run(model, samples, runtime, resolver)
    return tuple(
        np.stack([values.ravel() for values in output]) for output in zip(*ran, strict=True)
    )


def _run(
    model: Model, samples: Iterable[Sample], runtime: str | None, resolver: Resolver
) -> Iterator[tuple[NDArray[np.float32], ...]]:
    rest = iter(samples)
    first = next(rest)
    interpreted = Interpreted(with_example(model, first), runtime, resolver)
    return (interpreted.run(sample) for sample in chain((first,), rest))
