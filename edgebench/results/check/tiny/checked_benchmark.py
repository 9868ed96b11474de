"""One benchmark in a tree of MLPerf Tiny that is being checked."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_text
from edgebench.mlperf.tiny.files import RESULTS_JSON
from edgebench.mlperf.tiny.sentences import Sentences, read_sentences
from edgebench.mlperf.tiny.tree import TinyBenchmark
from edgebench.results.check.files import text_fault
from edgebench.results.check.finding import Findings

AGREES = 1e-3
"""How far two statements of one figure may differ: texts have few digits."""


@dataclass(frozen=True)
class CheckedBenchmark:
    """One benchmark of a system: where it lies, and what the rules ask of it.

    ``is_decided`` says that the round is over, so that nobody can submit to it any more.
    """

    findings: Findings
    folder: Path
    rules: TinyBenchmark
    is_closed: bool
    is_decided: bool = False

    def closed_only(self, where: Path, text: str) -> None:
        """Note what keeps a submission out of the closed division alone."""
        (self.findings.error if self.is_closed else self.findings.warning)(where, text)

    def still_open(self, where: Path, text: str) -> None:
        """Note what keeps a submission out of a round to come; in one that is over it passed.

        Such are measurements that are smaller than the runners' minimum, at which no official
        checker has ever looked.
        """
        (self.findings.warning if self.is_decided else self.findings.error)(where, text)

    def sentences(self, path: Path) -> Sentences:
        """Read a results.txt, and check that the official checker can read it.

        Raises
        ------
        LogInvalid, OSError
            If it can't be read, or a figure is no number.
        """
        fault = text_fault(path, takes_mark=True)
        if fault:
            self.still_open(path, fault)
        return read_sentences(path)

    def read_officially(self, path: Path, said: Sentences, figure: str, name: str) -> None:
        """Check that a figure's line is one that the official checker reads."""
        if figure in said.bare:
            text = f"{name} stands at the very beginning of its line: the official checker wants"
            self.still_open(path, f"{text} the runner's time and name in front of it")

    def compare(self, where: Path, said: float, other: float, what: str, source: str) -> None:
        """Note a figure that another source contradicts."""
        if not isclose(said, other, rel_tol=AGREES):
            self.findings.contradiction(where, f"says {what} {said:g}, {source} {other:.6g}")


def entries(folder: Path) -> list[Any]:
    """Return what a mode's results.json lists; nothing where there is none.

    Raises
    ------
    LogInvalid
        If it is damaged, or no list.
    """
    path = folder / RESULTS_JSON
    if not path.is_file():
        return []
    rows = log_json(log_text(path), str(path))
    if not isinstance(rows, list):
        raise LogInvalid(f"{path}: not a list")
    return rows
