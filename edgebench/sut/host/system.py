"""A model as a system under test, in instances of one runtime."""

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
from edgebench.errors import SutFailed
from edgebench.models.resolve import Model
from edgebench.models.trial.trial import require_survival
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from edgebench.sut.contract import Inference, Lane
from edgebench.sut.host.bound import HostDriver
from edgebench.sut.host.fallback import require_no_fallback
from edgebench.sut.host.lanes import SampleLane, lane_on
from edgebench.sut.process.lane import ProcessLane
from edgebench.sut.samples import SampleStore, encode_samples


class HostSut(CloseOnExit):
    """One or more instances of one model, in threads of this process or in processes.

    The runtimes release Python's lock while they invoke, so threads run side by side; processes
    don't share the lock at all, but have to be woken up, and each holds the samples. Which serves
    a scenario better is measured by benchmarks/instances.py. Processes also keep a delegate or a
    runtime that is not thread-safe apart.
    """

    def __init__(self, model: Model, runtime: HostDriver, settings: RuntimeSettings) -> None:
        self._model = model
        self._runtime = runtime
        kind: InstanceKind = "processes" if settings.instance_kind == "processes" else "threads"
        self._settings = replace(settings, runtime=runtime.name, instance_kind=kind)
        self._store = SampleStore()
        # The children of a parent that has tried the model need not.
        require_survival(model, runtime, settings, can_choose=True)
        self._open = ExitStack()
        self._processes: list[ProcessLane] = []
        self._here: list[SampleLane] = []
        with self._open:
            self._open_lanes()
            self._open = self._open.pop_all()

    def _open_lanes(self) -> None:
        settings, store = self._settings, self._store
        notes: dict[str, None] = {}
        # With processes, one instance here still checks the model and describes the system.
        here = settings.instances if settings.instance_kind == "threads" else 1
        for _ in range(here):
            bound = self._runtime.bind(self._model, settings)
            self._here.append(lane_on(bound, store, settings.batch))
            notes.update(dict.fromkeys(bound.notes))
        requires = self._runtime.requires
        package, version = requires.installed or (requires.distribution, "unknown")
        self.description = SutDescription(
            name=self._runtime.name,
            runtime=package,
            runtime_version=version,
            settings=settings,
            delegates=bound.delegates,
            default_delegates=bound.default_delegates,
            clock=HOST_CLOCK,
            placement=bound.placement,
            notes=tuple(notes),
        )
        require_no_fallback(self.description, self._model.label)
        if settings.instance_kind == "processes":
            enough = len(settings.affinity) >= settings.instances * settings.threads
            for number in range(settings.instances):
                first = number * settings.threads
                own = settings.affinity[first : first + settings.threads]
                pinned = own if enough else settings.affinity
                lane_of = ProcessLane(self._model, self._runtime, settings, pinned)
                self._processes.append(self._open.enter_context(lane_of))

    @property
    def lanes(self) -> Sequence[Lane]:
        """Its instances."""
        return self._processes or self._here

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
        for lane in self._here:
            lane.check_outputs()
        self._store.drop(indices)
        for process in self._processes:
            process.unload(indices)

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples on the first lane."""
        return self.lanes[0].infer(indices)

    def decode(self, output: bytes) -> tuple[NDArray[Any], ...]:
        """Turn one sample's output bytes into real values, an array an output tensor."""
        values, start = [], 0
        outputs = self._model.facts.outputs
        # Some files state no shape for what a custom op makes; the runtime knows.
        sizes = self._here[0].output_sizes
        if len(output) != sum(sizes):
            raise SutFailed(f"{len(output)} bytes of output, the model has {sum(sizes)}")
        for tensor, size in zip(outputs, sizes, strict=True):
            stored = np.frombuffer(output[start : start + size], tensor.dtype)
            values.append(tensor.decode(stored))
            start += size
        return tuple(values)
