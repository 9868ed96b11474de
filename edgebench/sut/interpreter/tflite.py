"""A TensorFlow Lite model as a system under test, on any runtime with its interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.clock import HOST_CLOCK
from edgebench.close_on_exit import CloseOnExit
from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelInvalid, SutFailed
from edgebench.models.resolve import Model
from edgebench.models.trial.trial import require_survival
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from edgebench.runtimes.contract import InterpreterDriver
from edgebench.sut.contract import Inference, Lane
from edgebench.sut.interpreter.interpreter import (
    DEFAULT_DELEGATES,
    BatchingLane,
    InterpreterLane,
    open_interpreter,
)
from edgebench.sut.process.lane import ProcessLane
from edgebench.sut.samples import SampleStore, encode_samples


def open_lane(
    model: Model, runtime: InterpreterDriver, settings: RuntimeSettings, store: SampleStore
) -> tuple[InterpreterLane, tuple[str, ...], tuple[str, ...]]:
    """Open one interpreter; return its lane, the delegates applied and the runtime's notes."""
    opened = open_interpreter(model, runtime, settings)
    try:
        if settings.batch > 1:
            lane: InterpreterLane = BatchingLane(
                opened.interpreter, store, model.facts, settings.batch
            )
        else:
            lane = InterpreterLane(opened.interpreter, store, model.facts)
    except UnicodeDecodeError as error:
        raise ModelInvalid(
            f"{model.path}: the model is damaged: a name in it is not UTF-8"
        ) from error
    except (ValueError, RuntimeError) as error:
        # A name that is no text, for one: the file was damaged where it does not hurt the graph.
        raise ModelInvalid(f"{model.path}: the model is damaged: {error}") from error
    return lane, opened.delegates, opened.notes


class TfliteSut(CloseOnExit):
    """One or more interpreters of one model, in threads of this process or in processes.

    The runtimes release Python's lock while they invoke, so threads run side by side; processes
    don't share the lock at all, but have to be woken up, and each holds the samples. Which serves
    a scenario better is measured by benchmarks/instances.py. Processes also keep a delegate or a
    runtime that is not thread-safe apart.
    """

    def __init__(self, model: Model, runtime: InterpreterDriver, settings: RuntimeSettings) -> None:
        self._model = model
        self._runtime = runtime
        kind: InstanceKind = "processes" if settings.instance_kind == "processes" else "threads"
        self._settings = replace(settings, runtime=runtime.name, instance_kind=kind)
        self._store = SampleStore()
        # The children of a parent that has tried the model need not.
        require_survival(model, runtime, settings, can_choose=True)
        self._open = ExitStack()
        self._processes: list[ProcessLane] = []
        self._interpreters: list[InterpreterLane] = []
        with self._open:
            self._open_lanes()
            self._open = self._open.pop_all()

    def _open_lanes(self) -> None:
        settings, store = self._settings, self._store
        notes: dict[str, None] = {}
        # With processes, one interpreter here still checks the model and describes the system.
        here = settings.instances if settings.instance_kind == "threads" else 1
        for _ in range(here):
            lane, delegates, said = open_lane(self._model, self._runtime, settings, store)
            self._interpreters.append(lane)
            notes.update(dict.fromkeys(said))
        if settings.instance_kind == "processes":
            enough = len(settings.affinity) >= settings.instances * settings.threads
            for number in range(settings.instances):
                first = number * settings.threads
                own = settings.affinity[first : first + settings.threads]
                pinned = own if enough else settings.affinity
                lane_of = ProcessLane(self._model, self._runtime, settings, pinned)
                self._processes.append(self._open.enter_context(lane_of))
        self.description = SutDescription(
            name=self._runtime.name,
            runtime=self._runtime.requires.distribution,
            runtime_version=self._runtime.requires.version or "unknown",
            settings=settings,
            delegates=delegates,
            default_delegates=DEFAULT_DELEGATES,
            clock=HOST_CLOCK,
            notes=tuple(notes),
        )

    @property
    def lanes(self) -> Sequence[Lane]:
        """Its instances."""
        return self._processes or self._interpreters

    def close(self) -> None:
        """Close the lanes."""
        self._open.close()

    def load(self, samples: Mapping[int, Sample]) -> None:
        """Encode samples and hand them to every lane.

        Raises
        ------
        DatasetMismatch
            If a sample does not fit the model's inputs.
        """
        rows = encode_samples(samples, self._model.facts.inputs)
        for lane in self._processes:
            lane.load(rows)
        if not self._processes:
            self._store.put(rows)

    def unload(self, indices: Sequence[int]) -> None:
        """Let samples go; and check that no output has moved meanwhile."""
        for interpreter in self._interpreters:
            interpreter.check_outputs()
        self._store.drop(indices)
        for lane in self._processes:
            lane.unload(indices)

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples on the first lane."""
        return self.lanes[0].infer(indices)

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn one sample's output bytes into real values, an array an output tensor."""
        values, start = [], 0
        outputs = self._model.facts.outputs
        # Some files state no shape for what a custom op makes; the interpreter knows.
        sizes = self._interpreters[0].output_sizes
        if len(output) != sum(sizes):
            raise SutFailed(f"{len(output)} bytes of output, the model has {sum(sizes)}")
        for tensor, size in zip(outputs, sizes, strict=True):
            stored = np.frombuffer(output[start : start + size], tensor.dtype)
            values.append(tensor.decode(stored))
            start += size
        return tuple(values)
