"""MLPerf Tiny's log.txt, results.txt and results.json, as its v1.4 checker reads them.

The checker looks for ``Median throughput is N inf./sec.``, ``Top 1% = N`` and ``AUC = N`` (or
``AUC: N``) behind a prefix and a space (mlcommons/tiny, tools/submission).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgebench.metrics import is_classification
from edgebench.text.json_text import json_text

LOG_FILE, RESULTS_TXT, RESULTS_JSON = "log.txt", "results.txt", "results.json"
RUNNER = "edgebench"
LEAST_WINDOW_US = 10_000_000
LEAST_INFERENCES = 10
PERFORMANCE_WINDOWS = 5


@dataclass(frozen=True)
class TinyInference:
    """A window of inferences on one sample; times in us of the device's clock."""

    file: str
    classes: int
    label: int | None
    started_us: int
    elapsed_us: int
    iterations: int
    warmups: int
    results: tuple[float, ...]

    @property
    def inferences_per_second(self) -> float:
        """Its throughput."""
        return self.iterations * 1e6 / self.elapsed_us if self.elapsed_us else 0.0

    @property
    def is_long_enough(self) -> bool:
        """Whether the rules take it: 10 s, or 10 inferences where those last longer."""
        long = self.elapsed_us >= LEAST_WINDOW_US
        return long and self.iterations >= LEAST_INFERENCES


@dataclass(frozen=True)
class TinyHead:
    """The head of a log."""

    port: str
    baud: int
    name: str
    profile: str
    model: str


def write_performance(
    folder: Path, head: TinyHead, windows: Sequence[TinyInference], median: float, when: datetime
) -> None:
    """Write a performance run's three files; the folder is there."""
    stamp = stamp_of(when)
    lines = head_lines(head)
    results: list[str] = []
    for number, window in enumerate(windows, start=1):
        lines += _window_lines(stamp, number, window)
        verdict = "have been met" if window.is_long_enough else "have NOT been met"
        results += [
            f"Performance results for window {number}",
            f"    # Inferences : {window.iterations}",
            f"    Runtime: {window.elapsed_us / 1e6} sec.",
            f"    Throughput: {window.inferences_per_second} inf./sec.",
            f"    Runtime requirements {verdict}.",
        ]
    rule = f"{stamp} {RUNNER}: {'-' * 57}"
    last = [rule, f"{stamp} {RUNNER}: Median throughput is {median:10.3f} inf./sec.", rule]
    _write(folder, lines + last, results + last, windows, "p")


def write_accuracy(
    folder: Path,
    head: TinyHead,
    samples: Sequence[TinyInference],
    lines: Sequence[str],
    when: datetime,
) -> None:
    """Write an accuracy run's three files; ``lines`` are its results (`accuracy_line`)."""
    stamp = stamp_of(when)
    body = head_lines(head)
    for number, sample in enumerate(samples, start=1):
        body += _window_lines(stamp, number, sample)
    last = [f"{stamp} {RUNNER}: {line}" for line in lines]
    _write(folder, body + last, last, samples, "a")


def accuracy_line(metric: str, value: float) -> str:
    """Return the line of an accuracy: percent for top-1, 0 to 1 for AUC."""
    return f"Top 1% = {value:.1f}" if is_classification(metric) else f"AUC = {value:.3f}"


def head_lines(head: TinyHead) -> list[str]:
    """Return what every log begins with."""
    return [
        f"Device on port: {head.port} at {head.baud} baud",
        f"Device name retrieved: {head.name}",
        f"Device profile retrieved: {head.profile}",
        f"Device model retrieved: {head.model}",
    ]


def _window_lines(stamp: str, number: int, window: TinyInference) -> list[str]:
    results = ", ".join(f"{value:.3f}" for value in window.results)
    return [
        f"{stamp} {RUNNER}: Loading file {window.file} segment 0",
        f"{stamp} {RUNNER}: Load complete.",
        f"Running inference with {window.warmups}/{window.iterations} (warmup/measured) iterations",
        f"{stamp} {RUNNER}: Performance results for window {number}:",
        f"{stamp} {RUNNER}:   # Inferences : {window.iterations:13d}",
        f"{stamp} {RUNNER}:   Runtime      : {window.elapsed_us / 1e6:10.3f} sec.",
        f"{stamp} {RUNNER}:   Throughput   : {window.inferences_per_second:10.3f} inf./sec.",
        f"{stamp} {RUNNER}:   m-results    : [{results}]",
    ]


def _write(
    folder: Path,
    log: Sequence[str],
    results: Sequence[str],
    windows: Sequence[TinyInference],
    mode: str,
) -> None:
    entries = [
        {
            "file": window.file,
            "classes": str(window.classes),
            "class": None if window.label is None else str(window.label),
            "bytes_to_send": None,
            "stride": None,
            "total_length": None,
            "infer": {
                "start_time": window.started_us,
                "end_time": window.started_us + window.elapsed_us,
                "results": list(window.results),
                "elapsed_time": window.elapsed_us,
                "total_inferences": 1,
                "iterations": window.iterations,
                "warmups": window.warmups,
                "throughput": window.inferences_per_second,
            },
            "mode": mode,
        }
        for window in windows
    ]
    (folder / LOG_FILE).write_text("\n".join(log) + "\n", encoding="utf-8")
    (folder / RESULTS_TXT).write_text("\n".join(results) + "\n", encoding="utf-8")
    (folder / RESULTS_JSON).write_text(json_text(entries, None) + "\n", encoding="utf-8")


def stamp_of(when: datetime) -> str:
    """Return a time as the official runner writes it."""
    return when.strftime("%m%d.%H%M%S")
