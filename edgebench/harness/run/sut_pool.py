"""The systems under test of a run, opened one at a time: as each scenario is served best."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Self

from edgebench.close_on_exit import CloseOnExit
from edgebench.harness.loadgen.calibrate import MEASURE_S, Calibration, calibrate
from edgebench.harness.progress import Progress
from edgebench.harness.run.prepare import Prepared
from edgebench.mlperf.scenarios import ScenarioName
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.contract import SystemUnderTest
from edgebench.sut.queries import QuerySut

SHORTEST_S = 0.1
"""A calibration is no shorter, however short the test."""


@dataclass(frozen=True)
class OpenSystem:
    """A system that is open and warm, and how fast it is."""

    settings: RuntimeSettings
    sut: SystemUnderTest
    calibration: Calibration


class SutPool(CloseOnExit):
    """A context manager that holds one system open, and opens another where that is needed.

    Scenarios may differ in what their instances live in (`RunRequest.settings_for`); the process
    stays on the CPUs that the request names until the end.
    """

    def __init__(self, prepared: Prepared, progress: Progress) -> None:
        self._prepared = prepared
        self._progress = progress
        self._cpus = os.sched_getaffinity(0)
        self._stack = ExitStack()
        self._open: OpenSystem | None = None

    def __enter__(self) -> Self:
        cpus = self._prepared.request.settings.affinity
        if cpus:
            os.sched_setaffinity(0, cpus)
        return self

    def close(self) -> None:
        """Close the system that is open, and give the process its processors back."""
        try:
            self._stack.close()
        finally:
            os.sched_setaffinity(0, self._cpus)

    def serving(self, scenario: ScenarioName) -> OpenSystem:
        """Return the system for a scenario, calibrated; another one is closed first.

        Raises
        ------
        EdgebenchError
            If it can't be opened or fails.
        """
        settings = self._prepared.request.settings_for(scenario)
        if self._prepared.rig is None:
            settings = replace(settings, runtime=self._prepared.runtime)
        if self._open is None or self._open.settings != settings:
            self._open = None
            self._stack.close()
            factory, model = self._prepared.factory, self._prepared.model
            system, queries = factory(model, settings), self._prepared.dataset.queries
            sut = self._stack.enter_context(
                system if queries is None else QuerySut(system, queries)
            )
            if self._prepared.rig is not None:
                self._prepared.rig.settle_input(self._prepared.dataset)
            self._open = OpenSystem(settings, sut, self._calibrated(sut))
        return self._open

    def _calibrated(self, sut: SystemUnderTest) -> Calibration:
        request = self._prepared.request
        # A test that is asked to be short is not prepared for longer than it lasts.
        measure_s = min(MEASURE_S, max(SHORTEST_S, request.duration_s or MEASURE_S))
        seconds = request.warmup_s + 2 * measure_s
        self._progress.stage(f"warming up {self._prepared.model.label}", seconds)
        calibration = calibrate(sut, self._prepared.dataset, request.warmup_s, measure_s)
        self._progress.advance(1.0)
        return calibration
