"""Check the streaming wake word: its detections, its duty cycle, and what they come to."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import real
from edgebench.mlperf.tiny.energy import read_trials
from edgebench.mlperf.tiny.files import RESULTS_JSON, RESULTS_TXT
from edgebench.mlperf.tiny.sentences import Streaming
from edgebench.mlperf.tiny.tree import MOST_FALSE_DETECTIONS, STREAM_WORDS
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark, entries
from edgebench.results.check.tiny.energy import check_measured_trials, check_stated_trials
from edgebench.rundir.layout import ENERGY

WINDOW_TAIL_S = 2.0
"""How long after the end of a word a detection still counts: 1 s, which the runner adds twice."""
DEBOUNCE_MS = 1000


def check_streaming(checked: CheckedBenchmark, folder: Path) -> None:
    """Check a streaming run of any mode."""
    path = folder / RESULTS_TXT
    with checked.findings.noting(path):
        said = checked.sentences(path)
        stream = said.streaming
        if stream.true_positives is None or stream.duty_cycle is None or not stream.per_second:
            raise LogInvalid("does not state the detections, the duty cycle and the throughput")
        _check_counts(checked, path, stream)
        busy_s = (stream.duty_cycle or 0.0) * (stream.period_s or 0.0)
        if busy_s:
            rate = 1 / busy_s
            what = "a throughput of"
            checked.compare(path, stream.per_second, rate, what, "duty cycle and period")
        if folder.name == ENERGY and not any(each.power_w for each in said.trials):
            checked.findings.error(path, "states no power")
        check_stated_trials(checked, path, said)
        with checked.findings.noting(folder / RESULTS_JSON, "damage"):
            rows = entries(folder)
            if rows:
                _check_detections(checked, path, stream, rows)
            if rows and said.trials:
                trials = read_trials(folder / RESULTS_JSON)
                check_measured_trials(checked, path, said, trials)


def _check_counts(checked: CheckedBenchmark, path: Path, stream: Streaming) -> None:
    missed, false = stream.false_negatives or 0, stream.false_positives or 0
    if (stream.true_positives or 0) + missed != STREAM_WORDS:
        checked.findings.error(
            path, f"{stream.true_positives} found and {missed} missed are not {STREAM_WORDS} words"
        )
    if max(missed, false) > MOST_FALSE_DETECTIONS:
        checked.closed_only(
            path,
            f"{missed} missed and {false} false detections; closed may have "
            f"{MOST_FALSE_DETECTIONS} of each",
        )


def _check_detections(
    checked: CheckedBenchmark, path: Path, stream: Streaming, rows: list[Any]
) -> None:
    """Count the detections of results.json again, and compare the duty cycle."""
    row = rows[0] if isinstance(rows[0], dict) else {}
    infer, duty = row.get("infer"), row.get("dutycycle")
    if isinstance(infer, dict) and infer.get("detections") and infer.get("detection_windows"):
        counted = detection_counts(infer["detections"], infer["detection_windows"])
        stated = (stream.true_positives, stream.false_negatives, stream.false_positives)
        if counted != stated:
            checked.findings.contradiction(
                path,
                "says {} found, {} missed, {} false; ".format(*stated)
                + f"{RESULTS_JSON} comes to {counted[0]}, {counted[1]}, {counted[2]}",
            )
    if isinstance(duty, dict) and duty.get("duty_cycle") is not None and stream.duty_cycle:
        value = real(duty["duty_cycle"], f"{RESULTS_JSON}, duty_cycle")
        checked.compare(path, stream.duty_cycle, value, "a duty cycle of", RESULTS_JSON)


def detection_counts(stamps: object, windows: object) -> tuple[int, int, int]:
    """Return how many words were found and missed, and how many detections were false.

    The first stamp (ms) marks the beginning; what follows a false detection within 1 s belongs to
    it.

    Raises
    ------
    LogInvalid
        If there is no list of either, no stamp, or a stamp or a window is no number.
    """
    if not isinstance(stamps, list) or not isinstance(windows, list) or not stamps:
        raise LogInvalid(f"{RESULTS_JSON}: detections and detection_windows are not lists")
    numbers = [real(each, f"{RESULTS_JSON}, detections") for each in stamps]
    times_ms = [each - numbers[0] for each in numbers[1:]]
    left = _Left(times_ms)
    found = sum(left.take(*_window_ms(each)) for each in windows)
    false, last = 0, float("-inf")
    for at, each in enumerate(times_ms):
        if left.has(at) and each > last + DEBOUNCE_MS:
            false, last = false + 1, each
    return found, len(windows) - found, false


def _window_ms(window: object) -> tuple[float, float]:
    if not isinstance(window, list) or len(window) != 2:
        raise LogInvalid(f"{RESULTS_JSON}: a detection window has a beginning and an end")
    begin, end = (real(each, f"{RESULTS_JSON}, detection_windows") * 1000 for each in window)
    return begin, end + WINDOW_TAIL_S * 1000


class _Left:
    """Detections that no window has taken; each is looked at once, whatever the windows are."""

    def __init__(self, times_ms: list[float]) -> None:
        self._order = sorted(range(len(times_ms)), key=times_ms.__getitem__)
        self._sorted = [times_ms[at] for at in self._order]
        # Of each place in that order: where to look for the next one that is left.
        self._next = list(range(len(times_ms) + 1))
        self._taken: set[int] = set()

    def take(self, begin: float, end: float) -> bool:
        """Take all from a time to another; return whether there was one."""
        at = first = self._free(bisect_left(self._sorted, begin))
        while at < len(self._sorted) and self._sorted[at] <= end:
            self._taken.add(self._order[at])
            self._next[at] = at + 1
            at = self._free(at)
        return at > first

    def has(self, at: int) -> bool:
        """Return whether the detection of a number is left."""
        return at not in self._taken

    def _free(self, at: int) -> int:
        while self._next[at] != at:
            self._next[at] = self._next[self._next[at]]
            at = self._next[at]
        return at
