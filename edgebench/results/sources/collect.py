"""From whatever a user names to results: run directories, published tables, bare MLPerf logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid, RunDirectoryInvalid, UsageError
from edgebench.mlperf.loadgen.detail import DETAIL_FILE, SUMMARY_FILE
from edgebench.mlperf.loadgen.find import result_folders
from edgebench.mlperf.published import read_published
from edgebench.mlperf.tiny.find import benchmark_home, tiny_folders
from edgebench.results.sources.from_logs import loadgen_result_row
from edgebench.results.sources.from_published import Filter, published_result
from edgebench.results.sources.from_run import run_result
from edgebench.results.sources.from_tiny import tiny_result_row
from edgebench.results.sources.row import Result
from edgebench.rundir.search import find_all_runs, read_all_runs


@dataclass(frozen=True)
class Collected:
    """Results, and a sentence about each source that could not be read."""

    results: tuple[Result, ...]
    errors: tuple[str, ...]


def collect(paths: Iterable[Path], wanted: Filter) -> Collected:
    """Read results of every kind; a damaged run or log costs its own row only.

    Parameters
    ----------
    paths
        Each a run directory or a folder of them; summary_results.json or summary.csv; a folder
        with LoadGen's logs, or a tree of them; a folder of MLPerf Tiny's logs of one benchmark, a
        whole tree, or sessions of MLCommons' runner.
    wanted
        Which of the published ones.

    Raises
    ------
    UsageError
        If one is nothing of that.
    LogInvalid
        If a published table is damaged; the message has the row.
    RunDirectoryInvalid
        If all that was named is damaged; the message has the lines.
    """
    results: list[Result] = []
    errors: list[str] = []
    for path in paths:
        found = _read(path, wanted)
        results += found.results
        errors += found.errors
    if errors and not results:
        raise RunDirectoryInvalid("; ".join(errors))
    return Collected(tuple(results), tuple(errors))


def _read(path: Path, wanted: Filter) -> Collected:
    if path.is_file():
        rows = (row for row in read_published(path) if wanted.takes(row))
        return Collected(tuple(map(published_result, rows)), ())
    if any(True for _ in find_all_runs(path)):
        found = read_all_runs([path])
        return Collected(tuple(map(run_result, found.runs)), found.errors)
    if (path / DETAIL_FILE).is_file() or (path / SUMMARY_FILE).is_file():
        return _of_logs(loadgen_result_row, [path])
    tiny = tiny_folders(path) if path.is_dir() else []
    below = result_folders(path) if path.is_dir() else []
    # LoadGen's logs in a benchmark of MLPerf Tiny are of the same runs as its own.
    homes = set(tiny)
    loadgen = [each for each in below if benchmark_home(each, path) not in homes]
    if tiny or loadgen:
        own, others = _of_logs(tiny_result_row, tiny), _of_logs(loadgen_result_row, loadgen)
        return Collected(own.results + others.results, own.errors + others.errors)
    raise UsageError(
        f"{path} is not a run directory, a folder with MLPerf's logs, or a published table "
        "(summary_results.json, summary.csv)"
    )


def _of_logs(read: Callable[[Path], Result], folders: Iterable[Path]) -> Collected:
    results: list[Result] = []
    errors: list[str] = []
    for folder in folders:
        try:
            results.append(read(folder))
        except LogInvalid as error:
            errors.append(str(error))
    return Collected(tuple(results), tuple(errors))
