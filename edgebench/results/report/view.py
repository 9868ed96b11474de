"""A run as a page shows it: its record, and the files next to it in the run directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edgebench.errors import RunDirectoryInvalid
from edgebench.host.timeline import Timeline
from edgebench.results.report.labels import labels_of
from edgebench.results.sources.from_run import run_result
from edgebench.results.sources.row import Result
from edgebench.results.summary.row import SummaryRow, summary_row
from edgebench.rundir.contents.confusion import Confusion, read_confusion
from edgebench.rundir.contents.layers import Layers, read_layers
from edgebench.rundir.contents.power_samples import Samples, read_samples
from edgebench.rundir.contents.timeline import read_timeline
from edgebench.rundir.contents.times import Times, read_times
from edgebench.rundir.layout import ACCURACY, ENERGY, PERFORMANCE, POWER, POWER_SAMPLES, TINY
from edgebench.rundir.reader import Run
from edgebench.rundir.search import read_all_runs

T = TypeVar("T")


@dataclass(frozen=True)
class RunView:
    """A run and all that a page shows of it.

    Attributes
    ----------
    problems
        What could not be read.
    label
        The name of the run on the page, unlike any other's there.
    anchor
        The id of the run's section on the page.
    """

    run: Run
    row: SummaryRow
    result: Result
    times: Times | None
    timeline: Timeline | None
    confusion: Confusion | None
    layers: Layers | None
    power: Samples | None
    problems: tuple[str, ...]
    label: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Views:
    """The runs that could be read, and what was wrong with those that could not."""

    runs: tuple[RunView, ...]
    errors: tuple[str, ...]


def views_of(paths: list[Path]) -> Views:
    """Read run directories, or folders of them at any depth.

    Raises
    ------
    RunDirectoryInvalid
        If there is none at all.
    """
    found = read_all_runs(paths)
    if not found.runs:
        raise RunDirectoryInvalid("; ".join(found.errors))
    labels = labels_of(found.runs)
    views = (
        _view(run, label, f"run-{number}")
        for number, (run, label) in enumerate(zip(found.runs, labels, strict=True), 1)
    )
    return Views(tuple(views), found.errors)


def _view(run: Run, label: str, anchor: str) -> RunView:
    problems: list[str] = []

    def tried(read: Callable[[Path], T | None], path: Path) -> T | None:
        # A damaged file costs its plot, not the page.
        try:
            return read(path)
        except RunDirectoryInvalid as error:
            problems.append(str(error))
            return None

    return RunView(
        run=run,
        row=summary_row(run),
        result=run_result(run),
        times=tried(read_times, run.path / PERFORMANCE),
        timeline=tried(read_timeline, run.path),
        confusion=tried(read_confusion, run.path / ACCURACY),
        layers=tried(read_layers, run.path),
        power=tried(read_samples, _power_file(run)),
        problems=tuple(problems),
        label=label,
        anchor=anchor,
    )


def _power_file(run: Run) -> Path:
    """Return where the samples lie that the run's energy is of: a device's, of the median trial."""
    tiny = run.record.tiny_energy
    if tiny is None or not tiny.trials:
        return run.path / POWER / POWER_SAMPLES
    middle = sorted(tiny.trials, key=lambda trial: trial.uj_per_inference)[len(tiny.trials) // 2]
    return run.path / TINY / ENERGY / f"trial_{tiny.trials.index(middle) + 1}.npz"
