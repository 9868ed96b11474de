"""Check the run of one mode of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from edgebench.results.check.tiny.accuracy import check_accuracy
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark
from edgebench.results.check.tiny.energy import check_energy
from edgebench.results.check.tiny.performance import check_performance
from edgebench.results.check.tiny.streaming import check_streaming

_CHECKS: Mapping[str, Callable[[CheckedBenchmark, Path], None]] = {
    "performance": check_performance,
    "accuracy": check_accuracy,
    "energy": check_energy,
}


def check_mode(checked: CheckedBenchmark, mode: str) -> None:
    """Check a mode's folder; a streaming benchmark's runs are alike in every mode."""
    check = check_streaming if checked.rules.is_streamed else _CHECKS[mode]
    check(checked, checked.folder / mode)
