"""Read the sentences of MLPerf Tiny's results.txt, by whatever runner wrote them.

EEMBC's runner and MLCommons' (``ulp-mlperf:`` lines) write the same sentences; ours does too.
Before v1.0 some were left in the log alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.mlperf.log_text import log_lines, real

# Bounded, so that no line makes them look at its characters again and again.
_NUMBER = r"\s{0,40}([0-9.eE+-]{1,40})"
THROUGHPUT = re.compile(rf"\bMedian throughput is{_NUMBER}\s{{0,40}}inf\./sec\.")
TOP1 = re.compile(r"\bTop[ -]1%?\s{0,40}[=:]\s{0,40}([0-9.]{1,40})")
AUC = re.compile(r"\bAUC\s{0,40}[=:]\s{0,40}([0-9.]{1,40})")
ENERGY = re.compile(rf"\bMedian energy cost is{_NUMBER}\s{{0,40}}uJ/inf\.")
_WINDOW = re.compile(r"\b(Performance results|Energy data) for (?:window|trial) [0-9]{1,9}\b")
_INFERENCES = re.compile(r"(?:# |\s)Inferences\s{0,40}:\s{0,40}([0-9]{1,20})")
_RUNTIME = re.compile(rf"\b(?:Runtime|Elapsed time)\s{{0,40}}:{_NUMBER}")
_RATE = re.compile(rf"(?<!Estimated )\b[Tt]hroughput\s{{0,40}}:{_NUMBER}")
_POWER = re.compile(rf"\bPower\s{{0,40}}:{_NUMBER}\s{{0,40}}([mu])W")
_COST = re.compile(rf"\bEnergy/Inf\.?\s{{0,40}}:{_NUMBER}\s{{0,40}}uJ/inf")
_DURATION = re.compile(r"\bEnergy data for window .{0,80} for ([0-9.]{1,20}) sec")
_DETECTIONS = re.compile(
    r"Accuracy: ([0-9]{1,9}) True positives, ([0-9]{1,9}) False negatives, "
    r"([0-9]{1,9}) False positives"
)
_DUTY = re.compile(rf"Average duty cycle:{_NUMBER}")
_PERIOD = re.compile(rf"Average period:{_NUMBER}\s{{0,9}}s")
_ESTIMATED = re.compile(rf"Estimated throughput:{_NUMBER}\s{{0,40}}inf\./sec")
_WATTS = {"m": 1e-3, "u": 1e-6}
_START = re.compile(r"\bm-infer-start-([0-9]{1,20})\b")
_LAP = re.compile(r"\bm-lap-us-([0-9]{1,20})\b")


@dataclass
class StatedWindow:
    """A window as it is stated; None where its runner does not say."""

    inferences: int | None = None
    runtime_s: float | None = None
    per_second: float | None = None
    power_w: float | None = None
    uj_per_inference: float | None = None


@dataclass
class Streaming:
    """The results of a streaming wake word run: its detections, and how busy the device was."""

    true_positives: int | None = None
    false_negatives: int | None = None
    false_positives: int | None = None
    duty_cycle: float | None = None
    period_s: float | None = None
    per_second: float | None = None


@dataclass
class Sentences:
    """The figures of one results.txt, or of the end of a log; the last one of each kind.

    ``open`` is the list that the window belongs to whose lines are being read. ``bare`` are figures
    whose sentence begins its line: both runners put a time in front of it.
    """

    per_second: float | None = None
    top1_percent: float | None = None
    auc: float | None = None
    uj_per_inference: float | None = None
    streaming: Streaming = field(default_factory=Streaming)
    windows: list[StatedWindow] = field(default_factory=list)
    trials: list[StatedWindow] = field(default_factory=list)
    open: list[StatedWindow] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)

    @property
    def is_streaming(self) -> bool:
        """Whether it is a streaming run's: its energy is that of the whole stream."""
        return self.streaming.duty_cycle is not None or self.streaming.true_positives is not None

    @property
    def mode(self) -> str:
        """The mode whose result it has: a run of energy mode states its throughput, too."""
        found = (
            ("streaming", self.is_streaming),
            ("energy", self.uj_per_inference is not None),
            ("accuracy", self.top1_percent is not None or self.auc is not None),
            ("performance", self.per_second is not None),
        )
        return next((name for name, there in found if there), "")


_FIGURES = (
    (THROUGHPUT, "per_second"),
    (TOP1, "top1_percent"),
    (AUC, "auc"),
    (ENERGY, "uj_per_inference"),
)
_STREAMING_FIGURES = (
    (_DUTY, "duty_cycle"),
    (_PERIOD, "period_s"),
    (_ESTIMATED, "per_second"),
)
_WINDOW_FIGURES = (
    (_RUNTIME, "runtime_s"),
    (_DURATION, "runtime_s"),
    (_RATE, "per_second"),
    (_COST, "uj_per_inference"),
)


def read_sentences(path: Path) -> Sentences:
    """Read the figures of a results.txt or a log.

    Raises
    ------
    LogInvalid
        If it can't be read, or a figure is no number (the message has the line).
    """
    found = Sentences()
    for number, line in log_lines(path):
        where = f"{path}, line {number}"
        for pattern, name in _FIGURES:
            if match := pattern.search(line):
                setattr(found, name, real(match[1], where))
                is_bare = not line[: match.start()].endswith(" ")
                found.bare = found.bare | {name} if is_bare else found.bare - {name}
        for pattern, name in _STREAMING_FIGURES:
            if match := pattern.search(line):
                setattr(found.streaming, name, real(match[1], where))
        if match := _DETECTIONS.search(line):
            stream = found.streaming
            stream.true_positives, stream.false_negatives, stream.false_positives = (
                int(each) for each in match.groups()
            )
        _window(found, line, where)
    return found


def read_log_windows(path: Path) -> list[StatedWindow]:
    """Read the windows of a log from the device's own lines: ``m-infer-start``, ``m-lap-us``.

    Raises
    ------
    LogInvalid
        If it can't be read.
    """
    found: list[StatedWindow] = []
    iterations, begun_us = 0, 0
    for _, line in log_lines(path):
        if match := _START.search(line):
            iterations, begun_us = int(match[1]), 0
        elif match := _LAP.search(line):
            lap_us = int(match[1])
            if iterations and begun_us and lap_us > begun_us:
                elapsed_s = (lap_us - begun_us) / 1e6
                found.append(StatedWindow(iterations, elapsed_s, iterations / elapsed_s))
                iterations = 0
            begun_us = lap_us
    return found


def _window(found: Sentences, line: str, where: str) -> None:
    """Take what a line says of the window or the trial that began at or above it."""
    if match := _WINDOW.search(line):
        found.open = found.windows if match[1].startswith("Perf") else found.trials
        found.open.append(StatedWindow())
    if not found.open:
        return
    window = found.open[-1]
    for pattern, name in _WINDOW_FIGURES:
        if match := pattern.search(line):
            setattr(window, name, real(match[1], where))
    if match := _INFERENCES.search(line):
        window.inferences = int(match[1])
    if match := _POWER.search(line):
        window.power_w = real(match[1], where) * _WATTS[match[2]]
