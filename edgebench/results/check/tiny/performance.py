"""Check MLPerf Tiny's performance mode: how many windows, how long, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import real, whole
from edgebench.mlperf.tiny.files import (
    LEAST_INFERENCES,
    LEAST_WINDOW_US,
    PERFORMANCE_WINDOWS,
    RESULTS_JSON,
    RESULTS_TXT,
)
from edgebench.mlperf.tiny.sentences import Sentences, StatedWindow
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark, entries


@dataclass(frozen=True)
class _Window:
    """A window by results.json."""

    iterations: int
    elapsed_us: float
    per_second: float


def check_performance(checked: CheckedBenchmark, folder: Path) -> None:
    """Check the windows that results.txt states and those that results.json has."""
    path = folder / RESULTS_TXT
    with checked.findings.noting(path):
        said = checked.sentences(path)
        if said.per_second is None:
            raise LogInvalid("no line says `Median throughput is N inf./sec.`: it was cut short")
        checked.read_officially(path, said, "per_second", "the median")
        _check_stated(checked, path, said)
        windows: list[_Window] = []
        traces = folder / RESULTS_JSON
        with checked.findings.noting(traces, "damage"):
            windows = _windows(checked, traces, entries(folder))
        if not windows:
            _check_lengths(
                checked, path, [_of_text(each) for each in said.windows if each.inferences]
            )
            return
        _check_lengths(checked, traces, windows)
        middle = median(each.per_second for each in windows)
        checked.compare(path, said.per_second, middle, "a median of", RESULTS_JSON)
        _compare_windows(checked, path, said.windows, windows)


def _check_stated(checked: CheckedBenchmark, path: Path, said: Sentences) -> None:
    """Check that the lines of a results.txt agree with each other."""
    rates = [each.per_second for each in said.windows if each.per_second is not None]
    if rates and said.per_second is not None:
        checked.compare(path, said.per_second, median(rates), "a median of", "its windows")
    for number, each in enumerate(said.windows, 1):
        if each.inferences and each.runtime_s and each.per_second:
            rate = each.inferences / each.runtime_s
            where = f"window {number}:"
            checked.compare(path, each.per_second, rate, where, "its inferences and time")


def _of_text(stated: StatedWindow) -> _Window:
    return _Window(
        stated.inferences or 0, (stated.runtime_s or 0.0) * 1e6, stated.per_second or 0.0
    )


def _windows(checked: CheckedBenchmark, path: Path, rows: list[Any]) -> list[_Window]:
    found = []
    for number, row in enumerate(rows, 1):
        where = f"window {number}"
        with checked.findings.noting(path, "damage"):
            infer = row.get("infer") if isinstance(row, dict) else None
            if not isinstance(infer, dict):
                raise LogInvalid(f"{where}: has no inferences")
            window = _Window(
                whole(infer.get("iterations"), f"{where}, iterations"),
                real(infer.get("elapsed_time"), f"{where}, elapsed_time"),
                real(infer.get("throughput"), f"{where}, throughput"),
            )
            found.append(window)
            _check_rate(checked, path, where, window, infer)
    return found


def _check_rate(
    checked: CheckedBenchmark, path: Path, where: str, window: _Window, infer: dict[str, Any]
) -> None:
    if window.elapsed_us <= 0:
        checked.findings.error(path, f"{where}: took {window.elapsed_us:g} us")
        return
    rate = window.iterations * 1e6 / window.elapsed_us
    checked.compare(path, window.per_second, rate, f"{where}:", "its iterations and time")
    if "start_time" in infer and "end_time" in infer:
        begin = real(infer["start_time"], f"{where}, start_time")
        lasted = real(infer["end_time"], f"{where}, end_time") - begin
        checked.compare(path, window.elapsed_us, lasted, f"{where}: elapsed", "start and end")


def _check_lengths(checked: CheckedBenchmark, path: Path, windows: list[_Window]) -> None:
    """Check what the official checker does not: how many windows there are, and how long."""
    if len(windows) < PERFORMANCE_WINDOWS:
        checked.still_open(path, f"{len(windows)} windows; the rules want {PERFORMANCE_WINDOWS}")
    for number, each in enumerate(windows, 1):
        if each.elapsed_us < LEAST_WINDOW_US or each.iterations < LEAST_INFERENCES:
            checked.still_open(
                path,
                f"window {number}: {each.elapsed_us / 1e6:g} s and {each.iterations} inferences; "
                f"the rules want {LEAST_WINDOW_US / 1e6:g} s and {LEAST_INFERENCES}",
            )


def _compare_windows(
    checked: CheckedBenchmark, path: Path, stated: list[StatedWindow], windows: list[_Window]
) -> None:
    """Compare the windows that a text states with those of results.json."""
    if not stated:
        return
    if len(stated) != len(windows):
        checked.findings.error(
            path, f"states {len(stated)} windows, {RESULTS_JSON} has {len(windows)}"
        )
    for number, (text, window) in enumerate(zip(stated, windows, strict=False), 1):
        if text.inferences is not None:
            where = f"window {number}: inferences"
            checked.compare(path, text.inferences, window.iterations, where, RESULTS_JSON)
        if text.runtime_s is not None:
            where = f"window {number}: seconds"
            checked.compare(path, text.runtime_s, window.elapsed_us / 1e6, where, RESULTS_JSON)
