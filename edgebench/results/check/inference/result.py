"""One result in a tree that is being checked, and how what is wrong with it is noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.mlperf.inference_models import InferenceModel
from edgebench.mlperf.inference_rounds import Suite
from edgebench.mlperf.loadgen.detail import (
    MOST_LINE_CHARACTERS,
    PREFIX,
    STATED_ONCE,
    DetailLog,
    read_detail,
)
from edgebench.mlperf.log_text import is_number, log_lines
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.mlperf.scenarios import Scenario
from edgebench.results.check.files import text_fault
from edgebench.results.check.finding import Findings

INTERACTIVE = "interactive"
"""A scenario's folder whose logs are of Server, under tighter limits."""


@dataclass(frozen=True)
class CheckedResult:
    """One result: a model in a scenario, on a system.

    Attributes
    ----------
    folder
        The scenario's folder.
    rules
        What the benchmark asks for.
    version
        The round.
    suites
        Those that its system is in.
    """

    findings: Findings
    folder: Path
    scenario: Scenario
    rules: InferenceModel
    is_closed: bool
    version: str
    suites: tuple[Suite, ...] = ("edge",)

    def closed_only(self, where: Path, text: str) -> None:
        """Note what keeps a submission out of the closed division alone."""
        (self.findings.error if self.is_closed else self.findings.warning)(where, text)

    def log(self, path: Path, mode: str) -> DetailLog | None:
        """Read a detail log and check what holds in every mode; None if it can't be read."""
        with self.findings.noting(path):
            log = read_detail(path)
            for text in _faults(path, log, mode):
                self.findings.error(path, text)
            text = _other_seeds(log, self.version)
            if text:
                # Accuracy is of the whole dataset, whatever the order: the rules look at the other.
                is_timed = mode == "PerformanceOnly"
                (self.findings.error if is_timed else self.findings.warning)(path, text)
            return log
        return None


def _other_head(path: Path) -> str:
    """Return that LoadGen did not write a log's first line: the official checker stops there."""
    _, first = next(log_lines(path, MOST_LINE_CHARACTERS), (1, ""))
    return "" if first.startswith(PREFIX.rstrip()) else "its first line is not LoadGen's"


def _other_seeds(log: DetailLog, version: str) -> str:
    if log.seeds == ROUND_SEEDS[version]:
        return ""
    of = round_of(log.seeds)
    said = f"{of}'s" if of else "of no round that is known"
    return f"its seeds are {said}, not {version}'s"


def _faults(path: Path, log: DetailLog, mode: str) -> Iterator[str]:
    values = log.values
    yield from filter(None, (text_fault(path), _other_head(path)))
    for key in sorted(log.restated):
        yield f"states `{key}` more than once, with different values"
    for key, value in values.items():
        if key.startswith(STATED_ONCE) and isinstance(value, str) and is_number(value):
            yield f"`{key}` is a text, {value!r}, where LoadGen writes a number"
    for complaint in log.errors:
        yield f"LoadGen says: {complaint}"
    if values.get("effective_test_mode") != mode:
        yield f"a log of {values.get('effective_test_mode')}, not {mode}"
    if "generator" in values:
        yield f"not LoadGen's: {values['generator']}"
