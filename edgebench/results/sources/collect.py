"""From whatever a user names to results: run directories, published tables, bare MLPerf logs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.mlperf.loadgen.log import DETAIL_FILE, SUMMARY_FILE
from edgebench.mlperf.published import read_published
from edgebench.results.sources.from_logs import loadgen_result_row, tiny_results
from edgebench.results.sources.from_published import Filter, published_result
from edgebench.results.sources.from_run import run_result
from edgebench.results.sources.row import Result
from edgebench.rundir.reader import read_run
from edgebench.rundir.search import find_all_runs

TINY_MODES = ("performance", "accuracy", "energy")


def gather(paths: Iterable[Path], wanted: Filter) -> list[Result]:
    """Read results of every kind.

    Parameters
    ----------
    paths
        Each a run directory or a folder of them; summary_results.json or summary.csv; a folder
        with LoadGen's logs; or a folder of MLPerf Tiny's logs of one benchmark.
    wanted
        Which of the published ones.

    Raises
    ------
    UsageError
        If one is nothing of that.
    LogInvalid, RunDirectoryInvalid
        If one is damaged; the message has the line.
    """
    found: list[Result] = []
    for path in paths:
        found += _read(path, wanted)
    return found


def _read(path: Path, wanted: Filter) -> list[Result]:
    if path.is_file():
        return [published_result(row) for row in read_published(path) if wanted.takes(row)]
    runs = list(find_all_runs(path))
    if runs:
        return [run_result(read_run(each)) for each in runs]
    if (path / DETAIL_FILE).is_file() or (path / SUMMARY_FILE).is_file():
        return [loadgen_result_row(path)]
    if any((path / mode / "results.txt").is_file() for mode in TINY_MODES):
        return [tiny_results(path)]
    below = sorted({each.parent for each in path.rglob(SUMMARY_FILE)}) if path.is_dir() else []
    if below:
        return [loadgen_result_row(each) for each in below if not _is_accuracy(each)]
    raise UsageError(
        f"{path} is no run directory, no folder with MLPerf's logs and no published table "
        "(summary_results.json, summary.csv)"
    )


def _is_accuracy(folder: Path) -> bool:
    return "accuracy" in (part.lower() for part in folder.parts)
