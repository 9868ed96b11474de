"""What is done with runs: tables, pages, comparisons, submissions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgebench.results.check.tree import Checked
    from edgebench.results.comparison.compare_runs import RunChange
    from edgebench.results.comparison.side_by_side import Compared
    from edgebench.results.sources.from_published import Filter
    from edgebench.results.submit.tree import Submitted
    from edgebench.results.summary import Summary


def summarize(paths: Iterable[str | Path]) -> Summary:
    """Read run directories, or folders of them, into rows; see `SummaryRow`.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory below one of the paths.
    """
    from edgebench.results.summary import summarize as summary_of

    return summary_of(Path(path) for path in paths)


def report(runs: Iterable[str | Path], out: str | Path, title: str = "") -> Path:
    """Write a self-contained HTML page about run directories; needs the ``[report]`` extra.

    Raises
    ------
    RunDirectoryInvalid
        If there is no run directory.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.results.report.page import write_report

    return write_report((Path(path) for path in runs), Path(out), title)


def compare(
    runs: Sequence[str | Path],
    others: Sequence[str | Path] = (),
    wanted: Filter | None = None,
    limit: int = 20,
) -> Compared:
    """Lay runs beside each other and beside published results; see `Compared`.

    Parameters
    ----------
    runs, others
        Run directories, folders of them, folders of bare MLPerf logs, published tables.
    wanted
        Which of the published results: `edgebench.results.sources.from_published.Filter`.
    limit
        The best so many published ones of each scenario.

    Raises
    ------
    NotComparable
        If no published result matches.
    LogInvalid, RunDirectoryInvalid
        If something is damaged; the message has the line.
    """
    from edgebench.results.comparison.side_by_side import compare_results
    from edgebench.results.sources.from_published import Filter as Wanted

    own, theirs = ([Path(path) for path in each] for each in (runs, others))
    return compare_results(own, theirs, wanted or Wanted(), limit)


def compare_runs(before: str | Path, after: str | Path) -> list[RunChange]:
    """Say whether it got faster: two run directories, or two folders of repeats.

    Raises
    ------
    NotComparable
        If repeats differ in machine, governor, versions or settings, or the two have nothing in
        common.
    """
    from edgebench.results.comparison.compare_runs import compare_runs as compared

    return compared(Path(before), Path(after))


def init_submission(kind: str, system: str | Path) -> Path:
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


def submit_inference(
    runs: Iterable[str | Path],
    out: str | Path,
    org: str,
    system: str | Path,
    version: str,
    with_power: bool = False,
) -> Submitted:
    """Make a submission tree for MLPerf Inference of official runs on this machine.

    Raises
    ------
    NotSubmittable
        If a run is not fit, with what to rerun, or the description lacks something.
    """
    from edgebench.results.submit.inference import submit_inference as submitted

    paths = [Path(path) for path in runs]
    return submitted(paths, Path(out), org, Path(system), version, with_power)


def submit_tiny(
    runs: Iterable[str | Path],
    out: str | Path,
    org: str,
    system: str | Path,
    version: str,
    division: str = "open",
) -> Submitted:
    """Make a submission tree for MLPerf Tiny of official runs of serial devices.

    Raises
    ------
    NotSubmittable
        As `submit_inference`.
    """
    from edgebench.results.submit.tiny import submit_tiny as submitted

    paths = [Path(path) for path in runs]
    return submitted(paths, Path(out), org, Path(system), version, division)


def check(
    tree: str | Path,
    version: str | None = None,
    official: str | Path | None = None,
    python: str | Path | None = None,
    options: Sequence[str] = (),
) -> Checked:
    """Check a submission tree by our own rules, and by the official checker of a checkout.

    Raises
    ------
    UsageError
        If it is no submission tree, or the checker can't be run.
    """
    from edgebench.results.check.tree import check_tree

    checkout, interpreter = (Path(p) if p is not None else None for p in (official, python))
    return check_tree(Path(tree), version, checkout, interpreter, tuple(options))
