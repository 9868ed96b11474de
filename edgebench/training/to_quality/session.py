"""Several timed runs of one model, one after the other, each in a process of its own."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edgebench.clock import utc_now
from edgebench.errors import RuntimeMissing, SutFailed
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.processes.interruptions import interruptible
from edgebench.rundir.layout import session_name
from edgebench.text.brief import Brief
from edgebench.text.json_text import json_text
from edgebench.training.siblings.reduce import load_task
from edgebench.training.to_quality.check import Verdict, check_result, summarize
from edgebench.training.to_quality.goal import goal_of
from edgebench.training.to_quality.package import Package
from edgebench.training.to_quality.runs import TimeToQuality, read_timed_run, time_to_quality
from edgebench.training.to_quality.timed_runs import TimedRuns
from edgebench.training.to_quality.worker import Job

DEFAULT_OUT = Path("edgebench-training")


@dataclass(frozen=True, repr=False)
class Trained(Brief):
    """The results of a session: its folder, its score, the checker's verdict, and the summary."""

    package: Package
    score: TimeToQuality
    verdicts: tuple[Verdict, ...]
    summary: Path | None

    @property
    def passed(self) -> bool:
        """Whether there is a score and every run that counts was found to be by the rules."""
        counted = [
            v.passed for v, run in zip(self.verdicts, self.score.runs, strict=True) if run.reached
        ]
        return self.score.seconds is not None and all(counted)


def train_to_quality(
    model: str,
    runs: TimedRuns = TimedRuns(),  # noqa: B008 - it is frozen
    *,
    out: Path = DEFAULT_OUT,
    on_event: OnEvent = ignore,
) -> Trained:
    """Train a model of the zoo to its card's target several times, and score the times.

    Raises
    ------
    UsageError
        If the model has no goal or can't be trained again.
    RuntimeMissing
        If the ``[train]`` extra is not installed.
    SutFailed
        If a run fails; the logs of those before are kept.
    """
    goal = goal_of(model)
    if runs.most_evaluations is not None:
        goal = dataclasses.replace(goal, most_evaluations=runs.most_evaluations)
    task, _ = load_task(model)
    if find_spec("mlperf_logging") is None:
        raise RuntimeMissing(
            "time to quality needs mlperf-logging: `pip install 'edgebench[train]'`"
        )
    from edgebench.training.to_quality.trainee import files_of

    files_of(task)  # made now, where the clock does not run
    folder = out / f"{session_name(out, utc_now())}_{model}"
    package = Package(folder, runs.organization, runs.system, goal)
    with disk_errors(out):
        package.create()
    paths: list[Path] = []

    def kept() -> str:
        logs = f"The logs of {len(paths)} finished runs are in {folder}"
        return f"{logs}; they are not scored, and a new command starts over"

    for number in range(runs.seeds):
        seed = runs.first_seed + number
        on_event(
            f"run {number + 1} of {runs.seeds}, seed {seed}: "
            f"to {goal.metric} {goal.target:g}{goal.unit}"
        )
        path = package.result(number)
        job = Job(
            model=model,
            seed=seed,
            target=goal.target,
            most_evaluations=goal.most_evaluations,
            log=str(path),
            benchmark=goal.benchmark,
            organization=runs.organization,
            platform=runs.system,
        )
        with interruptible(kept):
            _run(job, on_event)
        paths.append(path)
    score = time_to_quality([read_timed_run(path) for path in paths])
    verdicts = tuple(check_result(path, goal) for path in paths)
    summary = package.write_own_summary(score) if goal.by_own_rules else summarize(folder, goal)
    with disk_errors(folder):
        _write(package, score, verdicts)
    return Trained(package, score, verdicts, summary)


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


def _write(package: Package, score: TimeToQuality, verdicts: tuple[Verdict, ...]) -> None:
    goal = package.goal
    values = {
        "goal": dataclasses.asdict(goal),
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
            }
            for number, (run, verdict) in enumerate(zip(score.runs, verdicts, strict=True))
        ],
    }
    text = json_text(values) + "\n"
    write_text(package.folder / "time_to_quality.json", text)
