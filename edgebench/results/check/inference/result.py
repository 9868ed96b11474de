"""One result in a tree that is being checked, and how what is wrong with it is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.inference_tree import EdgeModel
from edgebench.mlperf.loadgen.detail import DetailLog, read_detail
from edgebench.mlperf.rounds import ROUND_SEEDS, round_of
from edgebench.mlperf.scenarios import Scenario
from edgebench.results.check.finding import Findings


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
    """

    findings: Findings
    folder: Path
    scenario: Scenario
    rules: EdgeModel
    is_closed: bool
    version: str

    def closed_only(self, where: Path, text: str) -> None:
        """Note what keeps a submission out of the closed division alone."""
        (self.findings.error if self.is_closed else self.findings.warning)(where, text)

    @contextmanager
    def noting(self, where: Path) -> Iterator[None]:
        """Note a log or a file that can't be read, in place of the rest of a block."""
        try:
            yield
        except LogInvalid as error:
            self.findings.error(where, str(error))
        except OSError as error:
            self.findings.error(where, f"can't be read: {error.strerror}")

    def log(self, path: Path, mode: str) -> DetailLog | None:
        """Read a detail log and check what holds in every mode; None if it can't be read."""
        with self.noting(path):
            log = read_detail(path)
            for text in _faults(log, mode, self.version):
                self.findings.error(path, text)
            return log
        return None


def _faults(log: DetailLog, mode: str, version: str) -> Iterator[str]:
    seeds, values = log.seeds, log.values
    for complaint in log.errors:
        yield f"LoadGen says: {complaint}"
    if seeds != ROUND_SEEDS[version]:
        of = round_of(seeds)
        said = f"{of}'s" if of else "of no round that is known"
        yield f"its seeds are {said}, not {version}'s"
    if values.get("effective_test_mode") != mode:
        yield f"a log of {values.get('effective_test_mode')}, not {mode}"
    if "generator" in values:
        yield f"not LoadGen's: {values['generator']}"
