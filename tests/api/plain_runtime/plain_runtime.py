"""A runtime as another package brings it: one interpreter, one sample at a time.

All that it knows of edgebench is in `edgebench.types` and `edgebench.errors`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edgebench.types import (
    HOST_CLOCK,
    Inference,
    Model,
    RuntimeDriver,
    RuntimePackage,
    RuntimeSettings,
    Sample,
    SutDescription,
    SystemUnderTest,
)


class PlainRuntime:
    """What the entry point names: what the runtime can do, and how it is opened."""

    name = "plain"
    aliases = ("simple",)
    summary = "LiteRT without anything that makes it fast"
    requires = RuntimePackage("plain-runtime", "plain_runtime", "`pip install plain-runtime`")
    formats = (".tflite",)
    processors = ("cpu",)
    settings = ("threads", "affinity")
    profiles_ops = False
    preference = 0

    def open(self, model: Model, settings: RuntimeSettings) -> SystemUnderTest:
        """Open a model; any other setting than those above is at its default."""
        return PlainSystem(model, settings)


driver: RuntimeDriver = PlainRuntime()  # a type checker compares it with what a driver must have


class PlainSystem:
    """A model in one interpreter, which is its only lane as well."""

    def __init__(self, model: Model, settings: RuntimeSettings) -> None:
        self._facts = model.facts
        self._interpreter = Interpreter(model_content=model.content, num_threads=settings.threads)
        self._interpreter.allocate_tensors()
        (entry,) = self._interpreter.get_input_details()
        (exit_,) = self._interpreter.get_output_details()
        self._entry, self._exit = entry["index"], exit_["index"]
        self._samples: dict[int, NDArray[np.generic]] = {}
        (output,) = self._facts.outputs
        self._output_bytes = output.elements * output.dtype.itemsize
        self._inference = Inference(np.zeros((1, self._output_bytes), np.uint8))
        self.lanes = [self]
        self.description = SutDescription(
            name="plain",
            runtime="plain-runtime",
            runtime_version=version("plain-runtime"),
            settings=replace(settings, runtime="plain", instance_kind="threads"),
            delegates=(),
            clock=HOST_CLOCK,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._samples.clear()

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Hold samples in the model's own numbers."""
        (tensor,) = self._facts.inputs
        for index, (values,) in samples.items():
            self._samples[index] = tensor.encode(values)[np.newaxis]

    def unload(self, indices: Sequence[int]) -> None:
        """Let samples go."""
        for index in indices:
            self._samples.pop(index, None)

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples, one after another."""
        if len(indices) > len(self._inference.outputs):
            self._inference.rebind(np.zeros((len(indices), self._output_bytes), np.uint8))
        took_ns = 0
        for place, index in enumerate(indices):
            self._interpreter.set_tensor(self._entry, self._samples[index])
            started_ns = time.perf_counter_ns()
            self._interpreter.invoke()
            took_ns += time.perf_counter_ns() - started_ns
            answer = self._interpreter.get_tensor(self._exit)
            self._inference.outputs[place] = answer.reshape(-1).view(np.uint8)
        self._inference.invoke_ns = took_ns
        return self._inference

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn one sample's output bytes into real values."""
        (tensor,) = self._facts.outputs
        return (tensor.decode(np.frombuffer(output, tensor.dtype)),)
