"""Results: tables, pages, comparisons and submissions of runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from edgebench.api.arguments import public
from edgebench.mlperf.published import MOST_PUBLISHED
from edgebench.rundir.reader import Run

if TYPE_CHECKING:
    from edgebench.mlperf.tiny.tree import Division
    from edgebench.results.check.tree import Checked, SubmissionKind
    from edgebench.results.comparison.compare_runs import RunChange
    from edgebench.results.comparison.gate import Gated
    from edgebench.results.comparison.history import History
    from edgebench.results.comparison.side_by_side import Compared
    from edgebench.results.sources.from_published import Filter
    from edgebench.results.submit.tree import Submitted
    from edgebench.results.summary.summarize import Summary

Runs: TypeAlias = str | Path | Run | Iterable[str | Path | Run]
"""One run or several: read ones, run directories, or folders of these."""


@public
def read_run(path: str | Path) -> Run:
    """Read a run directory: ``read_run(path).record.performance.samples_per_second``.

    Raises
    ------
    RunDirectoryInvalid
        If it is none, is damaged, or was written by a newer edgebench.
    """
    from edgebench.rundir.reader import read_run as read

    return read(Path(path))


@public
def summarize(paths: Runs) -> Summary:
    """Read run directories, or folders of them, into rows.

    Parameters
    ----------
    paths
        One or several.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory below one of the paths.
    """
    from edgebench.results.summary.summarize import summarize as summary_of

    return summary_of(_paths(paths))


@public
def report(runs: Runs, *, out: str | Path, title: str = "") -> Path:
    """Write a self-contained HTML page about run directories; needs the ``[report]`` extra.

    Parameters
    ----------
    runs
        Run directories, or folders of them: one or several.
    out
        The page to write; it is returned.
    title
        Of the page.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.results.report.page import write_report

    return write_report(_paths(runs), Path(out), title)


@public
def compare(
    runs: Runs,
    *,
    others: Runs = (),
    wanted: Filter | None = None,
    limit: int = MOST_PUBLISHED,
) -> Compared:
    """Compare runs with each other and with published results, side by side.

    Parameters
    ----------
    runs, others
        Run directories, folders of them, folders of bare MLPerf logs, published tables.
    wanted
        Which of the published results: `edgebench.types.Filter`.
    limit
        At most so many published results of each scenario, the best first.

    Raises
    ------
    NotComparable
        If no published result matches.
    LogInvalid, RunDirectoryInvalid
        If something is damaged; the message has the line.
    """
    from edgebench.results.comparison.side_by_side import compare_results
    from edgebench.results.sources.from_published import Filter as Wanted

    return compare_results(_paths(runs), _paths(others), wanted or Wanted(), limit)


@public
def compare_runs(before: str | Path | Run, after: str | Path | Run) -> list[RunChange]:
    """Say whether it got faster: two run directories, or two folders of repeats.

    Raises
    ------
    NotComparable
        If repeats differ in machine, governor, versions or settings, or the two have nothing in
        common.
    """
    from edgebench.results.comparison.compare_runs import compare_runs as compared

    return compared(_path(before), _path(after))


@public
def history(runs: Runs) -> History:
    """Return how results of the same settings changed over time, a line per metric.

    Parameters
    ----------
    runs
        Run directories, or folders of them: one or several.

    Raises
    ------
    RunDirectoryInvalid
        If there is no finished VALID run with a performance result.
    """
    from edgebench.results.comparison.history import history_of

    return history_of(_paths(runs))


@public
def gate(before: str | Path | Run, after: str | Path | Run, *, share: float = 0.05) -> list[Gated]:
    """Pass or fail a change that may cost at most a share of the speed.

    Parameters
    ----------
    before, after
        As `compare_runs` takes them.
    share
        What may be lost: 0.05 is 5 %.

    Raises
    ------
    NotComparable
        As `compare_runs`.
    UsageError
        If the share is not from 0 to below 1.
    """
    from edgebench.results.comparison.compare_runs import missing_after
    from edgebench.results.comparison.gate import gate as gated

    missing = missing_after(_path(before), _path(after))
    return list(gated(compare_runs(before, after), share, missing))


@public
def init_submission(kind: SubmissionKind, *, system: str | Path) -> Path:
    """Write a system.toml to fill in, for a submission of the kind inference or tiny.

    Raises
    ------
    NotSubmittable
        If there is one already.
    """
    from edgebench.results.submit import description

    writers = {
        "inference": description.write_inference_template,
        "tiny": description.write_tiny_template,
    }
    writers[kind](Path(system))
    return Path(system)


@public
def submit_inference(
    runs: Runs,
    *,
    out: str | Path,
    org: str,
    system: str | Path,
    version: str,
    with_power: bool = False,
    other_data: bool = False,
) -> Submitted:
    """Make a submission tree for MLPerf Inference of official runs on this machine.

    Parameters
    ----------
    runs
        Run directories, or folders of them.
    out
        The tree; it must not be there yet.
    org
        The submitter's name.
    system
        The system.toml that `init_submission` wrote, filled in.
    version
        The round, such as ``v6.1``.
    with_power
        Power too, with edgebench's own record of it.
    other_data
        A model may count as a benchmark whose data it did not run on; the tree says so.

    Raises
    ------
    NotSubmittable
        If a run is not fit, with what to rerun, or the description lacks something.
    """
    from edgebench.results.submit.inference import submit_inference as submitted

    place, described = Path(out), Path(system)
    return submitted(_paths(runs), place, org, described, version, with_power, other_data)


@public
def submit_tiny(
    runs: Runs,
    *,
    out: str | Path,
    org: str,
    system: str | Path,
    version: str,
    division: Division = "open",
) -> Submitted:
    """Make a submission tree for MLPerf Tiny of official runs of serial devices.

    Parameters
    ----------
    runs, out, org, system, version
        As `submit_inference` takes them.
    division
        ``closed`` or ``open``.

    Raises
    ------
    NotSubmittable
        As `submit_inference`.
    """
    from edgebench.results.submit.tiny import submit_tiny as submitted

    return submitted(_paths(runs), Path(out), org, Path(system), version, division)


@public
def check(
    tree: str | Path,
    *,
    version: str | None = None,
    official: str | Path | None = None,
    python: str | Path | None = None,
    options: Iterable[str] = (),
) -> Checked:
    """Check a submission tree by our own rules, and by the official checker of a checkout.

    Parameters
    ----------
    version
        The round; found out from the tree if left out.
    official, python, options
        A checkout of mlcommons/inference or tiny whose checker is run as well, the interpreter
        that it runs in, and options for it.

    Raises
    ------
    UsageError
        If it is no submission tree, or the checker can't be run.
    """
    from edgebench.results.check.tree import check_tree

    checkout, interpreter = (Path(p) if p is not None else None for p in (official, python))
    return check_tree(Path(tree), version, checkout, interpreter, tuple(options))


def _paths(runs: Runs) -> list[Path]:
    """Return the paths of one run or several."""
    several = [runs] if isinstance(runs, str | Path | Run) else runs
    return [_path(each) for each in several]


def _path(run: str | Path | Run) -> Path:
    return run.path if isinstance(run, Run) else Path(run)
