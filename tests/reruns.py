"""Tests that may try again: only those marked so with a reason, and few in a run.

`make test` is several pytest processes. They share one count through a file that the environment
variable EDGEBENCH_RERUNS names: one rerun test per line. What a test measured once more because the
machine stood still (`tests.stalls`) is counted there too, by itself: no result has a part in it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

MOST_RERUNS = 3
"""A run with more of them fails: then the machine, or the code, is not fit to be judged."""
VARIABLE = "EDGEBENCH_RERUNS"
REPEATED = "repeated: "
"""What the line of a measurement that was repeated begins with."""


def note_repeat() -> None:
    """Count a measurement of the current test that is repeated."""
    if place := os.environ.get(VARIABLE):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(f"{REPEATED}{os.environ.get('PYTEST_CURRENT_TEST', '')}\n")


class RerunLimit:
    """A pytest plugin that requires reasons, counts reruns and fails a run that has too many."""

    def __init__(self) -> None:
        self._rerun: list[str] = []
        self._in_all = 0
        self._repeated = 0

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Refuse a flaky mark that gives no reason.

        Raises
        ------
        pytest.UsageError
            If a test may try again and does not say why.
        """
        for item in items:
            for mark in item.iter_markers("flaky"):
                if not str(mark.kwargs.get("reason", "")).strip():
                    raise pytest.UsageError(
                        f"{item.nodeid} is marked flaky without a reason: "
                        "@pytest.mark.flaky(reruns=1, reason=...)"
                    )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that is run again."""
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]  # rerunfailures' own
            self._rerun.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add this process's reruns to the count, and fail the session if there are too many."""
        if hasattr(session.config, "workerinput"):
            return  # pytest-xdist reports to its controller, which counts.
        self._in_all, self._repeated = _added(self._rerun)
        if self._in_all > MOST_RERUNS and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many tests were rerun, and why that fails the run."""
        if self._in_all > MOST_RERUNS:
            terminalreporter.write_line(
                f"FAILED: {self._in_all} tests were rerun, more than {MOST_RERUNS}", red=True
            )
        elif self._in_all:
            terminalreporter.write_line(f"{self._in_all} of at most {MOST_RERUNS} tests rerun")
        if self._repeated:
            terminalreporter.write_line(
                f"{self._repeated} measurements repeated: the machine stood still meanwhile"
            )


def _added(rerun: Sequence[str]) -> tuple[int, int]:
    """Return how many reruns and repeats there are with those of the processes before this one."""
    place = os.environ.get(VARIABLE)
    if not place:
        return len(rerun), 0
    path = Path(place)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{test}\n" for test in rerun)
    lines = path.read_text(encoding="utf-8").splitlines()
    repeated = sum(line.startswith(REPEATED) for line in lines)
    return len(lines) - repeated, repeated
