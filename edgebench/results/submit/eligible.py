"""Which runs a round takes, and what to do about those that it does not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgebench.errors import LogInvalid, NotSubmittable, RunDirectoryInvalid
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, read_detail
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.results.submit.rerun import rerun_call
from edgebench.rundir.layout import ACCURACY, ACCURACY_TXT, PERFORMANCE
from edgebench.rundir.reader import Run
from edgebench.rundir.search import read_all_runs
from edgebench.text.call_text import call_text


def runs_below(paths: Iterable[Path]) -> list[Run]:
    """Read all run directories at or below some paths.

    Raises
    ------
    RunDirectoryInvalid
        If one is damaged, or there is none.
    """
    found = read_all_runs(paths)
    if found.errors:
        raise RunDirectoryInvalid("; ".join(found.errors))
    return list(found.runs)


def refuse_unfit(runs: Iterable[Run], wants_logs: str | None, *, has_loadgen: bool = True) -> None:
    """Refuse all runs that are not what a submission needs, each with what to do.

    Parameters
    ----------
    wants_logs
        The round whose seeds LoadGen's logs must have; None for MLPerf Tiny, which has none.
    has_loadgen
        Whether there must be LoadGen's results: a stream of audio has none.

    Raises
    ------
    NotSubmittable
        With every reason.
    """
    reasons = []
    for run in runs:
        reasons += _unfit(run)
        reasons += _reasons(run, wants_logs) if has_loadgen else []
    if reasons:
        raise NotSubmittable("can't be submitted:\n  " + "\n  ".join(reasons))


def _unfit(run: Run) -> list[str]:
    found = []
    if run.is_partial:
        found.append(f"{run.path.name}: interrupted; {call_text('resume', str(run.path.parent))}")
    if run.record.quick:
        found.append(f"{run.path.name}: a quick run; rerun: {rerun_call(run)}")
    if run.record.request.until is not None:
        found.append(
            f"{run.path.name}: a part of a model, up to {run.record.request.until!r}; "
            f"rerun: {rerun_call(run)}"
        )
    return found


def _reasons(run: Run, wants_logs: str | None) -> list[str]:
    record, name = run.record, run.path.name
    again = f"rerun: {rerun_call(run)}"
    found = []
    if record.performance is not None and not record.performance.valid:
        found.append(f"{name}: INVALID ({'; '.join(record.performance.reasons)}); {again}")
    missing = [
        mode
        for mode, result in ((PERFORMANCE, record.performance), (ACCURACY, record.accuracy))
        if result is None
    ]
    if missing:
        found.append(f"{name}: no {' and no '.join(missing)} result; {again}")
    elif not (run.path / ACCURACY / ACCURACY_TXT).is_file():
        found.append(f"{name}: {ACCURACY}/{ACCURACY_TXT} is missing; {again}")
    if wants_logs is not None and record.performance is not None:
        found += _wrong_seeds(run, wants_logs)
    return found


def _wrong_seeds(run: Run, version: str) -> list[str]:
    for folder in (PERFORMANCE, ACCURACY):
        try:
            seeds = read_detail(run.path / folder / DETAIL_FILE).seeds
        except LogInvalid as error:
            return [str(error)]
        if seeds != ROUND_SEEDS[version]:
            of = round_of(seeds)
            said = f"{of}'s" if of else "of no round that is known"
            return [
                f"{run.path.name}: its seeds are {said}, {version} has others; "
                f"rerun: {rerun_call(run, version)}"
            ]
    return []
