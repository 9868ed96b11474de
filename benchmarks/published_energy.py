"""Whether energies and averages of published traces come out as published, to the digit.

    python benchmarks/published_energy.py ../shared/mlperf_results tiny_results_v1.1 ...

Below each folder: the windows of MLPerf Tiny's traces (EEMBC's ``*-energy.bin`` with its times, and
MLCommons' results.json) against the energies that the runner printed; and the mean of the samples
in logs of power servers (server.log), without those that PTDaemon marks as invalid by -1 W, against
its own answer to ``Watts``. Differences are listed, and the exit code is then 1. Published rounds
are repositories: github.com/mlcommons/tiny_results_v1.1, and so on. A trace whose runner left no
file of times, or printed no energies, has nothing to compare.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_lines
from edgebench.mlperf.power.spl import spl_line
from edgebench.mlperf.tiny.energy import read_trials
from edgebench.mlperf.tiny.files import RESULTS_JSON
from edgebench.mlperf.tiny.trace import ENERGY_ENDS, read_trace

STATED = re.compile(r"(?:ulp-ml:\s+|Total )Energy\s*:\s*([0-9.]+)\s*uJ\b")
SAMPLES = re.compile(r"[Rr]eply from ptd: '(Time,.*)'")
AVERAGE = re.compile(r"[Rr]eply from ptd: 'Watts,(?P<mean>[0-9.]+),[^,]*,[^,]*,(?P<count>\d+),")
WINDOWS, AVERAGES = "MLPerf Tiny windows", "MLPerf averages"
LOG = "server.log"
ROUNDING = 0.501
"""Of a last digit: what is printed is rounded."""


@dataclass(frozen=True)
class Pair:
    """What is computed and, as text, what is published; what it is of."""

    kind: str
    where: str
    computed: float
    published: str

    @property
    def is_equal(self) -> bool:
        """Whether it is the same to the last digit that is printed."""
        digits = len(self.published.partition(".")[2])
        return abs(self.computed - float(self.published)) <= ROUNDING * 10.0**-digits


def windows(trace: Path) -> Iterator[Pair]:
    """Yield each window of a trace of MLPerf Tiny, in either runner's form."""
    if trace.name == RESULTS_JSON:
        computed = [each.energy_j * 1e6 for each in read_trials(trace)]
    else:
        computed = read_trace(trace).windows_uj()
    for text in sorted(trace.parent.glob("*.txt")):
        stated = [match[1] for _, line in log_lines(text) if (match := STATED.search(line))]
        if len(stated) == len(computed) > 0:
            for number, pair in enumerate(zip(computed, stated, strict=True)):
                yield Pair(WINDOWS, f"{trace}, window {number}", *pair)
            return


def averages(log: Path) -> Iterator[Pair]:
    """Yield the mean of each list of samples in a power server's log."""
    watts: list[float] = []
    # The list of samples is one line, longer than lines of logs may be.
    for number, line in enumerate(log.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        where = f"{log}, line {number}"
        if match := SAMPLES.search(line):
            rows = match[1].split(r"\n")
            watts = [spl_line(each, where).watts for each in rows if each]
        elif (match := AVERAGE.search(line)) and int(match["count"]) == len(watts) > 0:
            valid = [each for each in watts if each > 0]
            if valid:
                yield Pair(AVERAGES, where, sum(valid) / len(valid), match["mean"])
            else:
                print(f"nothing to compare: {where}: all its samples are marked as invalid")
            watts = []


def pairs(root: Path) -> Iterator[Pair]:
    """Yield what there is to compare below a folder; say what can't be read."""
    kinds = ((f"*{ENERGY_ENDS}", windows), (f"energy/{RESULTS_JSON}", windows), (LOG, averages))
    for kind, read in kinds:
        for path in sorted(root.rglob(kind)):
            try:
                yield from read(path)
            except LogInvalid as error:
                print(f"nothing to compare: {error}")


def main() -> int:
    """Compare everything below every folder."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    equal: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for root in map(Path, sys.argv[1:]):
        for each in pairs(root):
            of[each.kind] += 1
            equal[each.kind] += each.is_equal
            if not each.is_equal:
                print(f"{each.where}: {each.computed:.6f} for {each.published}")
    for kind, count in of.items():
        print(f"{equal[kind]:,} of {count:,} {kind} to the digit")
    return int(equal != of or not of)


if __name__ == "__main__":
    sys.exit(main())
