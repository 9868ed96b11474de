"""Several timed runs of one model, one after the other, each in a process of its own."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from edgebench.clock import utc_now
from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeMissing, SutFailed, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.harness.metered.energy_record import meter_record
from edgebench.harness.metered.metered_run import MeteredRun
from edgebench.power.contract import PowerMeter
from edgebench.power.description import MeterDescription
from edgebench.power.place import MeterPlace
from edgebench.processes.interruptions import interruptible
from edgebench.rundir.layout import session_name
from edgebench.rundir.records.energy import MeterRecord
from edgebench.text.brief import Brief
from edgebench.text.json_text import json_text
from edgebench.text.printable import excerpt
from edgebench.training.click_logs import require_batch, split_log
from edgebench.training.siblings.reduce import load_task
from edgebench.training.to_quality.check import Verdict, check_result, summarize
from edgebench.training.to_quality.energy import (
    EnergyToQuality,
    Recording,
    RunEnergy,
    energy_of,
    energy_to_quality,
    record_during,
)
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.package import Package
from edgebench.training.to_quality.reference import (
    NOT_CHECKED,
    ConvergenceVerdict,
    check_convergence,
    convergence_of,
)
from edgebench.training.to_quality.runs import (
    TimedRun,
    TimeToQuality,
    read_timed_run,
    time_to_quality,
)
from edgebench.training.to_quality.timed_runs import TimedRuns
from edgebench.training.to_quality.worker import Job

DEFAULT_OUT = Path("edgebench-training")
CRITEO = "criteo"
"""How a log of that layout is named: ``criteo@FILE``."""


@dataclass(frozen=True, repr=False)
class Trained(Brief):
    """The results of a session: its folder, its score, the checker's verdict, and the summary.

    ``meter`` is the one that was read; ``energy`` is None without it, or if it is not known.
    """

    json_properties: ClassVar[tuple[str, ...]] = ("energy_j", "passed")

    package: Package
    score: TimeToQuality
    verdicts: tuple[Verdict, ...]
    summary: Path | None
    energies: tuple[RunEnergy, ...] = ()
    convergence: ConvergenceVerdict = NOT_CHECKED
    meter: MeterRecord | None = None
    energy: EnergyToQuality | None = None

    @property
    def energy_j(self) -> float | None:
        """The mean energy of the runs that the score is the mean of; None without a meter."""
        return None if self.energy is None else self.energy.energy_j

    @property
    def lacks_energy(self) -> bool:
        """Whether energy was asked for, and was not got or has a problem."""
        if self.meter is None:
            return False
        return self.energy is None or any(each.problem for each in self.energies)

    @property
    def passed(self) -> bool:
        """Whether there is a score, by the rules, and no sooner than references allow."""
        counted = [
            v.passed for v, run in zip(self.verdicts, self.score.runs, strict=True) if run.reached
        ]
        good = self.score.seconds is not None and all(counted)
        return good and not self.convergence.flagged


def train_to_quality(
    model: str,
    runs: TimedRuns = TimedRuns(),  # noqa: B008 - it is frozen
    *,
    out: Path = DEFAULT_OUT,
    power: MeterPlace | None = None,
    on_event: OnEvent = ignore,
) -> Trained:
    """Train a model of the zoo to its card's target several times, and score the times.

    Parameters
    ----------
    power
        A meter that is read meanwhile.

    Raises
    ------
    UsageError
        If the model has no goal or can't be trained again, or on no such data.
    DatasetInvalid, DatasetMismatch
        If the data are damaged, or do not fit the model.
    MeterNotFound
        If the meter is not here.
    RuntimeMissing
        If the ``[train]`` extra is not installed.
    SutFailed
        If a run fails; the logs of those before are kept.
    """
    goal = runs.goal(goal_of(model))
    task, _ = load_task(model)
    if runs.batch is not None:
        task = dataclasses.replace(task, batch=runs.batch)
    data = data_for(task, runs.dataset)
    if find_spec("mlperf_logging") is None:
        raise RuntimeMissing(
            "time to quality needs mlperf-logging: `pip install 'edgebench[train]'`"
        )
    from edgebench.training.to_quality.trainee import files_of

    files_of(task, data)  # made now, where the clock does not run
    folder = out / f"{session_name(out, utc_now())}_{model}"
    package = Package(folder, runs.organization, runs.system, goal)
    with ExitStack() as stack:
        # Whether the meter is here is said before anything is trained.
        meter = None if power is None else stack.enter_context(MeteredRun(power)).meter
        with disk_errors(out):
            package.create()
        paths, recordings = _run_all(package, runs, data, meter, on_event)
    timed = [read_timed_run(path) for path in paths]
    score = time_to_quality(timed)
    energies = tuple(energy_of(*each) for each in zip(recordings, timed, strict=False))
    verdicts = tuple(check_result(path, goal) for path in paths)
    summary = package.write_own_summary(score) if goal.by_own_rules else summarize(folder, goal)
    convergence = _convergence(package, timed, data)
    trained = Trained(package, score, verdicts, summary, energies, convergence)
    if recordings:
        trained = _with_meter(trained, recordings[-1].trace.meter)
    with disk_errors(folder):
        _write(trained, runs, power)
    return trained


def _with_meter(trained: Trained, meter: MeterDescription) -> Trained:
    """Add which meter was read, and the energy to quality by it."""
    score = trained.score
    energy = None
    if score.seconds is not None:
        energy = energy_to_quality(trained.energies, score.dropped, meter)
    return dataclasses.replace(trained, meter=meter_record(meter), energy=energy)


def _convergence(package: Package, timed: Sequence[TimedRun], data: str) -> ConvergenceVerdict:
    """Compare the runs that reached the target with the model's references."""
    if data:
        return ConvergenceVerdict(reason="trained on other data than the references")
    goal = package.goal
    reached = [run.qualities for run in timed if run.reached]
    seeds = {run.seed for run in timed}
    return check_convergence(
        convergence_of(goal.model), timed[0].batch, goal.target, reached, seeds
    )


def data_for(task: Any, dataset: str | None) -> str:
    """Return the absolute path of the user's data to learn from; empty if none is asked for.

    Raises
    ------
    UsageError
        If it is not of the kind that the task learns from.
    DatasetInvalid, DatasetMismatch
        If it can't be read, or does not fit the task.
    """
    if dataset is None:
        return ""
    from edgebench.training.recommend import ClickTask

    kind, at, location = dataset.partition("@")
    if isinstance(task, ClickTask):
        if kind != CRITEO or not at:
            raise UsageError(
                f"`dataset`: {task.name} learns from a log in Criteo's layout: {CRITEO}@FILE, not "
                f"{excerpt(dataset)}",
                field="dataset",
            )
        require_batch(split_log(load_dataset(f"{task.dataset}@{location}")).learned, task.batch)
        return str(Path(location).absolute())
    if not dataset.endswith(".npz"):
        raise UsageError(
            f"`dataset`: {task.name} learns from a training set as .npz, not {excerpt(dataset)}",
            field="dataset",
        )
    load_dataset(dataset)
    return str(Path(dataset).absolute())


def _run_all(
    package: Package, runs: TimedRuns, data: str, meter: PowerMeter | None, on_event: OnEvent
) -> tuple[list[Path], list[Recording]]:
    """Train with each seed; return the logs, and what a meter said of each."""
    goal = package.goal
    paths: list[Path] = []
    recordings: list[Recording] = []

    def kept() -> str:
        logs = f"The logs of {len(paths)} finished runs are in {package.folder}"
        return f"{logs}; they are not scored, and a new command starts over"

    for number in range(runs.seeds):
        seed = runs.first_seed + number
        on_event(
            f"run {number + 1} of {runs.seeds}, seed {seed}: "
            f"to {goal.metric} {goal.target:g}{goal.unit}"
        )
        path = package.result(number)
        job = Job(
            model=goal.model,
            seed=seed,
            target=goal.target,
            most_evaluations=goal.most_evaluations,
            log=str(path),
            benchmark=goal.benchmark,
            organization=runs.organization,
            platform=runs.system,
            batch=runs.batch,
            threads=runs.threads,
            data=data,
            keep=str(package.models) if data and not number else "",
        )
        with interruptible(kept):
            if meter is None:
                _run(job, on_event)
            else:
                run = partial(_run, job, on_event)
                recordings.append(record_during(meter, package.power(number), run))
        paths.append(path)
    return paths, recordings


def _run(job: Job, on_event: OnEvent) -> None:
    """Run a worker, and pass on what it says."""
    with tempfile.TemporaryDirectory(prefix="edgebench-train-") as folder:
        file, errors = Path(folder) / "job.json", Path(folder) / "errors.txt"
        file.write_text(json_text(dataclasses.asdict(job), None), encoding="utf-8")
        with errors.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "edgebench.training.to_quality.worker", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                errors="replace",
            )
        with process:
            try:
                for line in process.stdout or ():
                    on_event(line.rstrip("\n"))
            except BaseException:  # Ctrl-C as well, and whatever `on_event` raises
                process.kill()
                # After Ctrl-C `Popen` itself waits for a quarter of a second only.
                process.wait()
                raise
        if process.returncode:
            said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            last = said[-1][:200] if said else f"exit code {process.returncode}"
            raise SutFailed(f"the run with seed {job.seed} failed: {last}; its log: {job.log}")


def _write(trained: Trained, runs: TimedRuns, power: MeterPlace | None) -> None:
    package, score = trained.package, trained.score
    energies: list[dict[str, Any] | None] = [dataclasses.asdict(each) for each in trained.energies]
    values = {
        "goal": dataclasses.asdict(package.goal),
        "asked": {name: getattr(runs, name) for name in ("batch", "threads", "dataset")}
        | {"power": None if power is None else str(power)},
        "meter": None if trained.meter is None else dataclasses.asdict(trained.meter),
        "energy_j": trained.energy_j,
        "energy": None if trained.energy is None else dataclasses.asdict(trained.energy),
        "convergence": dataclasses.asdict(trained.convergence)
        | {"flagged": trained.convergence.flagged},
        "seconds": score.seconds,
        "spread": score.spread,
        "by_the_rules": score.by_the_rules,
        "converged": score.converged,
        "runs": [
            {
                "file": str(run.path.relative_to(package.folder)),
                "seed": run.seed,
                "seconds": run.seconds,
                "epochs": run.epochs,
                "qualities": run.qualities,
                "reached": run.reached,
                "dropped": number in score.dropped,
                "rules": verdict.rules,
                "passes_checker": verdict.passed,
                "reason": verdict.reason,
                "energy": energy,
            }
            for number, (run, verdict, energy) in enumerate(
                zip(score.runs, trained.verdicts, energies or [None] * len(score.runs), strict=True)
            )
        ],
    }
    text = json_text(values) + "\n"
    write_text(package.folder / "time_to_quality.json", text)
