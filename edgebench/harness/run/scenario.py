"""One scenario on an open system: every mode that was asked for, into its run directory."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.errors import EdgebenchError
from edgebench.harness.loadgen.test_runner import TestRunner
from edgebench.harness.modes.accuracy import measure_answers, score_answers
from edgebench.harness.modes.compliance import audit_all
from edgebench.harness.modes.peak import measure_peak
from edgebench.harness.modes.series import measure_performance
from edgebench.harness.modes.stream import measure_stream, score_stream
from edgebench.harness.progress import Progress
from edgebench.harness.run.prepare import Prepared
from edgebench.harness.run.sut_pool import OpenSystem
from edgebench.harness.run.warnings import warnings_of
from edgebench.host.facts import host_facts
from edgebench.host.limits import counted_sentences, limit_counts
from edgebench.host.probe import probe_ns
from edgebench.host.state import HostState, host_state
from edgebench.host.timeline import Watch
from edgebench.mlperf.scenarios import scenario_called
from edgebench.rundir.writer import RunDirectory

if TYPE_CHECKING:
    from edgebench.harness.devices.rig import DeviceRig


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
    runner = TestRunner(
        request, system.sut, prepared.dataset, scenario, system.calibration, directory, progress
    )
    rig = prepared.rig
    if rig is not None:
        rig.begin(directory)
    record.sut = system.sut.description
    record.calibration = {
        name: float(value) for name, value in dataclasses.asdict(system.calibration).items()
    }
    facts, before = host_facts(), _state_around()
    watch = Watch()
    try:
        with watch:
            _measure_all(prepared, runner, rig)
    except BaseException:
        # Ctrl-C as well: the timeline is kept, and a full disk must not hide what ended the run.
        held_up = counted_sentences(facts.limits, limit_counts().since(before.limits))
        record.warnings += held_up
        record.limited = record.limited or bool(held_up)
        with suppress(EdgebenchError):
            directory.save_timeline(watch.timeline.to_json())
        raise
    directory.save_timeline(watch.timeline.to_json())
    after = _state_around()
    held_up = counted_sentences(facts.limits, after.limits.since(before.limits))
    # An earlier attempt, which is resumed, may have been held up as well.
    record.limited = record.limited or bool(held_up)
    record.warnings = [
        *(text for text in record.warnings if text not in held_up),
        *held_up,
        *warnings_of(
            record,
            prepared.dataset,
            before,
            after,
            watch.timeline,
            prepared.model.facts,
        ),
    ]
    directory.save_system(facts, before, after)
    return directory.finish()


def _state_around() -> HostState:
    """Return the machine's state with what is only read before and after a run."""
    return replace(host_state(), probe_ns=probe_ns(), limits=limit_counts())


def _measure_all(prepared: Prepared, runner: TestRunner, rig: DeviceRig | None) -> None:
    """Measure every mode that is asked for and not there yet."""
    request, directory = prepared.request, runner.directory
    record = directory.record
    wanted = set(request.modes)
    if "compliance" in wanted:
        wanted |= {"performance", "accuracy"}  # what the audits are compared with
    if "performance" in wanted:
        _measure_speed(prepared, runner, rig)
    if rig is not None:
        rig.timed(directory)
    if rig is not None and "energy" in wanted and record.tiny_energy is None:
        _measure_tiny_energy(prepared, runner, rig)
    if "accuracy" in wanted and record.accuracy is None:
        _measure_accuracy(prepared, runner)
        directory.save()
    if "compliance" in wanted and record.performance is not None:
        audit_all(runner, record.performance)
    if rig is not None and record.reference is None:
        _check_few(runner, rig)


def _measure_speed(prepared: Prepared, runner: TestRunner, rig: DeviceRig | None) -> None:
    """Measure what performance mode measures and is not there yet.

    What lies behind a network is not timed here, unless that is asked for: its own clock is.
    """
    request, directory, scenario = prepared.request, runner.directory, runner.scenario
    record = directory.record
    if request.device is not None and not request.device.is_host_timed:
        if record.tiny is None:
            directory.event("no LoadGen test: a network lies between; MLPerf Tiny's windows only")
    elif record.performance is None:
        if request.find_peak and scenario.name == "server":
            record.performance, record.peak_search = measure_peak(runner)
        else:
            measure = measure_performance if prepared.dataset.stream is None else measure_stream
            is_metered = prepared.metered is not None and rig is None
            if prepared.metered is not None and is_metered:
                record.performance = prepared.metered.measured(runner, measure)
            else:
                record.performance = measure(runner)
        directory.save()
    if rig is not None and record.tiny is None:
        _measure_tiny(runner, rig)


def _measure_tiny(runner: TestRunner, rig: DeviceRig) -> None:
    from edgebench.harness.devices.modes import measure_tiny

    # MLPerf Tiny knows SingleStream only.
    if runner.scenario.name == "singlestream":
        measure_tiny(runner, rig)
        runner.directory.save()


def _measure_tiny_energy(prepared: Prepared, runner: TestRunner, rig: DeviceRig) -> None:
    from edgebench.harness.devices.tiny.energy import measure_tiny_energy

    # MLPerf Tiny knows SingleStream only.
    if runner.scenario.name == "singlestream" and prepared.metered is not None:
        measure_tiny_energy(runner, rig, prepared.metered.meter)
        runner.directory.save()


def _check_few(runner: TestRunner, rig: DeviceRig) -> None:
    from edgebench.harness.devices.modes import check_few

    check_few(runner, rig)


def _measure_accuracy(prepared: Prepared, runner: TestRunner) -> None:
    if prepared.rig is None:
        measure_answers(runner)
        _score(prepared, runner)
        return
    from edgebench.harness.devices.modes import finish_accuracy, kept_answers

    with kept_answers(runner, prepared.rig) as answers:
        measure_answers(runner)
    record = runner.directory.record
    before = record.accuracy, record.stream
    try:
        _score(prepared, runner)
        finish_accuracy(runner, prepared.rig, answers)
    except BaseException:  # Ctrl-C as well: a resumed run finishes what this one has not
        record.accuracy, record.stream = before
        raise


def _score(prepared: Prepared, runner: TestRunner) -> None:
    if runner.dataset.stream is not None:
        score_stream(runner)
    elif runner.dataset.metric is not None:
        runner.directory.record.accuracy = score_answers(runner, prepared.model)
