"""One scenario on an open system: every mode that was asked for, into its run directory."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from edgebench.harness.accuracy import measure_answers, score_answers
from edgebench.harness.bench import Bench
from edgebench.harness.compliance import audit_all
from edgebench.harness.peak import measure_peak
from edgebench.harness.performance import measure_performance
from edgebench.harness.prepare import Prepared
from edgebench.harness.progress import Progress
from edgebench.harness.systems import OpenSystem
from edgebench.harness.warnings import warnings_of
from edgebench.host.facts import host_facts
from edgebench.host.state import host_state
from edgebench.mlperf.scenarios import scenario_called
from edgebench.rundir.writer import RunDirectory


def run_scenario(
    prepared: Prepared,
    system: OpenSystem,
    directory: RunDirectory,
    progress: Progress,
) -> Path:
    """Measure what a run directory still lacks, and return its final path.

    Raises
    ------
    EdgebenchError
        If measuring failed; what was measured before is saved.
    """
    request, record = prepared.request, directory.record
    scenario = scenario_called(record.scenario)
    bench = Bench(
        request, system.sut, prepared.dataset, scenario, system.calibration, directory, progress
    )
    record.sut = dataclasses.asdict(system.sut.description)
    facts, before = host_facts(), host_state()
    record.calibration = {
        name: float(value) for name, value in dataclasses.asdict(system.calibration).items()
    }
    wanted = set(request.modes)
    if "compliance" in wanted:
        wanted |= {"performance", "accuracy"}  # what the audits are compared with
    if "performance" in wanted and record.performance is None:
        if request.find_peak and scenario.name == "server":
            record.performance, record.find_peak = measure_peak(bench)
        else:
            record.performance = measure_performance(bench)
        directory.save()
    if "accuracy" in wanted and record.accuracy is None:
        measure_answers(bench)
        if prepared.dataset.metric is not None:
            quality = prepared.model.card.quality if prepared.model.card else None
            record.accuracy = score_answers(bench, quality)
        directory.save()
    if "compliance" in wanted and not record.compliance and record.performance is not None:
        record.compliance = audit_all(bench, record.performance)
    after = host_state()
    record.warnings = warnings_of(record, prepared.dataset, before, after)
    directory.save_system(facts, before, after)
    return directory.finish()
