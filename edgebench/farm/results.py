"""Summarize what a farm has measured: one row per board and run, over its repeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid, RunDirectoryInvalid
from edgebench.farm.journal import Journal
from edgebench.results.summary.row import verdict_of
from edgebench.rundir.reader import Run, read_run
from edgebench.statistics.quantiles import known_median
from edgebench.text.brief import Brief

NO_TIME = "an emulator's clock: no time"


@dataclass(frozen=True, repr=False)
class FarmRow(Brief):
    """Runs of the same kind on the same board.

    Attributes
    ----------
    clock
        Whose clock the times are of.
    p50_ns, rate, accuracy
        Medians over the repeats; None where none has it.
    problem
        Why a run can't be read: it has a row of its own, without figures; empty otherwise.
    """

    board: str
    model: str
    scenario: str
    clock: str
    repeats: int
    p50_ns: float | None
    rate: float | None
    accuracy: float | None
    verdicts: tuple[str, ...]
    problem: str = ""


def board_rows(folder: Path) -> list[FarmRow]:
    """Return the rows of a farm's folder, by board; those of damaged runs come last.

    Raises
    ------
    RunDirectoryInvalid
        If nothing has been measured there.
    """
    groups: dict[tuple[str, str, str, str], list[_Figures]] = {}
    damaged: list[FarmRow] = []
    for board, path in _finished(folder):
        try:
            run = read_run(path)
            figures = _figures(run)
        except (RunDirectoryInvalid, LogInvalid) as error:
            damaged.append(_damaged(board, str(error)))
            continue
        model = f"{run.record.model.name} {run.record.model.variant}".strip()
        key = (board, model, run.record.scenario, run.record.clock)
        groups.setdefault(key, []).append(figures)
    if not groups and not damaged:
        raise RunDirectoryInvalid(f"{folder}: no plan has measured anything there")
    rows = [
        FarmRow(
            *(board, model, scenario, clock, len(runs)),
            p50_ns=known_median(each.p50_ns for each in runs),
            rate=known_median(each.rate for each in runs),
            accuracy=known_median(each.accuracy for each in runs),
            verdicts=tuple(dict.fromkeys(each.verdict for each in runs if each.verdict)),
        )
        for (board, model, scenario, clock), runs in sorted(groups.items())
    ]
    return rows + sorted(damaged, key=lambda row: (row.board, row.problem))


def _damaged(board: str, problem: str) -> FarmRow:
    return FarmRow(
        *(board, "", "", "", 1), p50_ns=None, rate=None, accuracy=None, verdicts=(), problem=problem
    )


def _finished(folder: Path) -> Iterator[tuple[str, Path]]:
    for event in Journal(folder).state().finished.values():
        for run in event.runs:
            yield event.target, folder / run


@dataclass(frozen=True)
class _Figures:
    """The figures of a row; None where a run has none."""

    p50_ns: float | None
    rate: float | None
    accuracy: float | None
    verdict: str


def _figures(run: Run) -> _Figures:
    record = run.record
    accuracy = record.accuracy.value if record.accuracy else None
    device = record.request.device
    if device is not None and device.emulator_clock:
        return _Figures(None, None, accuracy, NO_TIME)
    by_tiny = record.tiny.inferences_per_second if record.tiny else None
    timed = record.device_timed
    p50_ns: float | None = timed.latency_ns.get("p50") if timed else None
    if p50_ns is None:
        p50_ns = 1e9 / by_tiny if by_tiny else record.query_latency_ns.get("p50")
    rate = (timed.samples_per_second if timed else None) or by_tiny
    if rate is None and record.performance is not None:
        rate = record.performance.samples_per_second
    return _Figures(p50_ns, rate, accuracy, _verdict(run))


def _verdict(run: Run) -> str:
    verdict = verdict_of(run)
    if verdict != "none":
        return f"{verdict}, limited" if run.record.limited else verdict
    if run.record.tiny is None:
        return ""
    return "by MLPerf Tiny's rules" if run.record.tiny.valid else "quick"
