"""A run from start to end: one run directory a scenario."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edgebench import __version__
from edgebench.clock import utc_now, utc_stamp, utc_text
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.metrics import check_scorable
from edgebench.errors import (
    DatasetMismatch,
    EdgebenchError,
    Interrupted,
    ResumeMismatch,
    RunDirectoryInvalid,
    StrayAuditConfig,
)
from edgebench.harness.accuracy import measure_answers, score_answers
from edgebench.harness.bench import Bench
from edgebench.harness.calibrate import Calibration, calibrate
from edgebench.harness.compliance import audit_all
from edgebench.harness.peak import measure_peak
from edgebench.harness.performance import measure_performance
from edgebench.harness.progress import Progress, Silent
from edgebench.harness.request import RunRequest, request_from_json
from edgebench.harness.warnings import warnings_of
from edgebench.host.facts import host_facts
from edgebench.host.state import host_state
from edgebench.mlperf.config import AUDIT_CONFIG
from edgebench.mlperf.scenarios import SCENARIOS, Scenario, scenario_called
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.rundir.layout import directory_name
from edgebench.rundir.reader import Run, find_runs, read_run
from edgebench.rundir.record import DatasetRecord, ModelRecord, RunRecord
from edgebench.rundir.writer import RunDirectory, only_run_in
from edgebench.sut.contract import SutDescription, SystemUnderTest
from edgebench.sut.open import SutFactory, default_runtime, sut_factory

DEFAULT_OUT = Path("edgebench-runs")


@dataclass(frozen=True)
class RunResult:
    """What a run came to: a run directory a scenario, in the order they were asked for."""

    runs: tuple[Run, ...]

    @property
    def valid(self) -> bool:
        """Whether no result is INVALID and no audit failed."""
        return all(run.record.valid for run in self.runs)


@dataclass(frozen=True)
class Prepared:
    """A request whose model and data have been found and checked."""

    request: RunRequest
    model: Model
    dataset: Dataset
    factory: SutFactory
    runtime: str


def run_request(
    request: RunRequest,
    out: Path = DEFAULT_OUT,
    progress: Progress | None = None,
    factory: SutFactory | None = None,
) -> RunResult:
    """Carry out a request.

    Parameters
    ----------
    out
        The folder that the run directories are made in.
    factory
        Opens the system under test; by default the request's runtime does.

    Raises
    ------
    UsageError
        If the request can't be carried out as asked (each kind is a class of its own).
    RunDirectoryBusy
        If another run holds `out`.
    Interrupted
        After Ctrl-C; what was measured is kept in a ``.partial`` directory.
    EdgebenchError
        If measuring failed; what was measured before is kept as well.
    """
    _refuse_stray_audit_config()
    prepared = _prepare(request, factory)
    with only_run_in(out):
        session = utc_stamp(utc_now())
        with ExitStack() as stack:
            sut = stack.enter_context(_opened(prepared))
            told = progress or Silent()
            calibration = _calibrated(prepared, sut, told)
            # Not before: what can't be measured at all must leave nothing to be resumed.
            directories = [
                _begin(out, session, prepared, sut.description, SCENARIOS[name])
                for name in request.scenarios
            ]
            return _run_all(prepared, sut, calibration, directories, [], told)


def resume(
    out: Path = DEFAULT_OUT, progress: Progress | None = None, factory: SutFactory | None = None
) -> RunResult:
    """Go on with the newest interrupted run below a folder, with the settings it began with.

    Modes that were finished are kept; the one that was interrupted is run anew, and its old
    logs are set aside.

    Raises
    ------
    ResumeMismatch
        If there is nothing to resume, or the model, the data or the runtime are others now.
    EdgebenchError
        As `run_request`.
    """
    _refuse_stray_audit_config()
    with only_run_in(out):
        runs = list(_readable_runs(out))
        partial = [run for run in runs if run.is_partial]
        if not partial:
            raise ResumeMismatch(f"{out}: no interrupted run to resume")
        session = max(run.record.session for run in partial)
        complete = [r for r in runs if not r.is_partial and r.record.session == session]
        pending = [run for run in partial if run.record.session == session]
        prepared = _prepare(request_from_json(pending[0].record.request), factory)
        with _opened(prepared) as sut:
            for run in pending:
                _check_same(run, prepared, sut.description)
            directories = [RunDirectory(run.path, run.record) for run in pending]
            directories.sort(key=lambda each: _place(each.record, prepared.request))
            for directory in directories:
                directory.event("resumed")
            told = progress or Silent()
            calibration = _calibrated(prepared, sut, told)
            return _run_all(prepared, sut, calibration, directories, complete, told)


def _readable_runs(out: Path) -> Iterator[Run]:
    for path in find_runs(out):
        # A damaged one must not stand in the way of those that are not.
        with suppress(RunDirectoryInvalid):
            yield read_run(path)


def _calibrated(prepared: Prepared, sut: SystemUnderTest, progress: Progress) -> Calibration:
    progress.stage(f"warming up {prepared.model.label}", prepared.request.warmup_s + 1.0)
    calibration = calibrate(sut, prepared.dataset, prepared.request.warmup_s)
    progress.advance(1.0)
    return calibration


def _run_all(
    prepared: Prepared,
    sut: SystemUnderTest,
    calibration: Calibration,
    directories: list[RunDirectory],
    complete: list[Run],
    progress: Progress,
) -> RunResult:
    runs = list(complete)
    try:
        for directory in directories:
            path = _run_scenario(prepared, sut, calibration, directory, progress)
            runs.append(read_run(path))
    except KeyboardInterrupt as error:
        kept = _leave(directories, "interrupted by Ctrl-C")
        raise Interrupted(
            f"Interrupted. What was measured is kept in {kept[0].parent}; go on with "
            f"`edgebench run --resume --out {kept[0].parent}`",
            kept,
        ) from error
    except EdgebenchError as error:
        _leave(directories, f"{type(error).__name__}: {error}")
        raise
    runs.sort(key=lambda run: _place(run.record, prepared.request))
    return RunResult(tuple(runs))


def _place(record: RunRecord, request: RunRequest) -> int:
    return request.scenarios.index(scenario_called(record.scenario).name)


def _leave(directories: list[RunDirectory], why: str) -> tuple[Path, ...]:
    """Note in the run directories that are not finished why they are not; return all paths."""
    for directory in directories:
        if directory.record.state == "complete":
            continue
        directory.event(why)
        try:
            directory.save()
        except EdgebenchError:
            continue  # on a full disk the run.json of before has to do
    return tuple(directory.path for directory in directories)


def _run_scenario(
    prepared: Prepared,
    sut: SystemUnderTest,
    calibration: Calibration,
    directory: RunDirectory,
    progress: Progress,
) -> Path:
    request, record = prepared.request, directory.record
    scenario = scenario_called(record.scenario)
    bench = Bench(request, sut, prepared.dataset, scenario, calibration, directory, progress)
    facts, before = host_facts(), host_state()
    record.calibration = {
        name: float(value) for name, value in dataclasses.asdict(calibration).items()
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


def _prepare(request: RunRequest, factory: SutFactory | None) -> Prepared:
    model = resolve_model(request.model)
    if request.dataset is not None:
        dataset = load_dataset(request.dataset)
    elif model.card is not None:
        dataset = load_dataset(model.card.dataset)
    else:
        dataset = random_dataset(model.facts)
    if dataset.metric is None:
        request = _without_accuracy(request, dataset)
    if "accuracy" in request.modes or "compliance" in request.modes:
        check_scorable(dataset, model.facts.outputs[0].sample_elements)
    runtime = request.runtime or default_runtime()
    return Prepared(request, model, dataset, factory or sut_factory(runtime), runtime)


def _without_accuracy(request: RunRequest, dataset: Dataset) -> RunRequest:
    modes = tuple(mode for mode in request.modes if mode != "accuracy")
    if not modes:
        raise DatasetMismatch(
            f"accuracy can't be measured: {dataset.name} has no labels; name data that has: "
            "--dataset"
        )
    return dataclasses.replace(request, modes=modes)


@contextmanager
def _opened(prepared: Prepared) -> Iterator[SystemUnderTest]:
    """Open the system with the process on the CPUs it was given; give them back afterwards."""
    before = os.sched_getaffinity(0)
    if prepared.request.affinity:
        os.sched_setaffinity(0, prepared.request.affinity)
    try:
        with prepared.factory(prepared.model, prepared.request.sut_options) as sut:
            yield sut
    finally:
        os.sched_setaffinity(0, before)


def _begin(
    out: Path,
    session: str,
    prepared: Prepared,
    sut: SutDescription,
    scenario: Scenario,
) -> RunDirectory:
    model, dataset, request = prepared.model, prepared.dataset, prepared.request
    record = RunRecord(
        edgebench_version=__version__,
        session=session,
        started=utc_text(utc_now()),
        request=request.to_json(),
        model=ModelRecord(
            name=model.name,
            variant=model.variant,
            file=model.path.name,
            sha256=model.sha256,
            size_bytes=len(model.content),
            macs=model.facts.macs,
            has_card=model.card is not None,
        ),
        dataset=DatasetRecord(
            name=dataset.name,
            samples=dataset.count,
            sha256=dataset.sha256,
            source=dataset.source,
            limits=dataset.limits,
            is_random=dataset.is_random,
        ),
        sut=dataclasses.asdict(sut),
        scenario=scenario.loadgen_name,
        quick=not request.official,
        clock=sut.clock,
        generator=_generator(),
    )
    name = directory_name(session, model.name, model.variant, prepared.runtime, scenario.name)
    return RunDirectory.create(out, name, record)


def _generator() -> str:
    from importlib.metadata import version

    return f"mlcommons-loadgen {version('mlcommons-loadgen')}"


def _check_same(run: Run, prepared: Prepared, sut: SutDescription) -> None:
    then, now = run.record, prepared
    for what, before, after in (
        ("model's SHA-256", then.model.sha256, now.model.sha256),
        ("data's SHA-256", then.dataset.sha256, now.dataset.sha256),
        ("runtime's version", then.sut["runtime_version"], sut.runtime_version),
        ("edgebench's version", then.edgebench_version, __version__),
    ):
        if before != after:
            raise ResumeMismatch(
                f"{run.path}: the {what} was {before}, it is {after} now; results of the two "
                "must not be mixed. Start a new run"
            )


def _refuse_stray_audit_config(where: Callable[[], Path] = Path.cwd) -> None:
    stray = where() / AUDIT_CONFIG
    if stray.exists():
        raise StrayAuditConfig(
            f"{stray}: LoadGen takes such a file for orders; move it away. edgebench makes its "
            "own for --mode compliance"
        )
