"""Where the files of one benchmark contradict each other, wherever the benchmark lies."""

from __future__ import annotations

from pathlib import Path

from edgebench.mlperf.tiny.find import place_of
from edgebench.mlperf.tiny.results import TinyResults
from edgebench.mlperf.tiny.tree import BENCHMARKS
from edgebench.results.check.finding import Findings
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark
from edgebench.results.check.tiny.modes import check_mode

MODES = ("performance", "accuracy", "energy")
_UNKNOWN = "kws"
"""Whose rules a benchmark is checked by that is not known: contradictions are the same in all."""


def contradictions(folder: Path, found: TinyResults) -> tuple[str, ...]:
    """Return what a benchmark's files say against each other, or what can't be read of them."""
    findings = Findings(folder)
    name = place_of(folder).benchmark or found.benchmark
    checked = CheckedBenchmark(findings, folder, BENCHMARKS[name or _UNKNOWN], is_closed=False)
    for mode in MODES:
        if (folder / mode).is_dir():
            check_mode(checked, mode)
    return tuple(
        f"{each.where}: {each.text}"
        for each in findings.errors
        if each.kind in ("contradiction", "damage")
    )
