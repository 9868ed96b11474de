"""Write a streaming run's log.txt, results.txt and results.json, as the official runner does.

The counts are its function's: `edgebench.mlperf.tiny.detections.RUNNER_RULE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgebench.mlperf.tiny.detections import (
    RUNNER_RULE,
    DutyCycle,
    score_detections,
)
from edgebench.mlperf.tiny.energy import RULE, energy_lines, median_line, power_entry, trial_of
from edgebench.mlperf.tiny.files import LOG_FILE, RESULTS_JSON, RESULTS_TXT, TinyHead, head_lines
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.text.json_text import json_text

MODE, ENERGY_MODE = "p", "e"
"""Speed and accuracy of a stream come from one run, and with a meter its energy; the runner names
it by its mode."""
ITERATIONS = 1
"""The runner takes the whole stream for one inference."""


@dataclass(frozen=True)
class StreamRun:
    """Reports of an interface board and a device on a recording.

    Attributes
    ----------
    detections_ms
        By the board's clock; the first marks the beginning.
    activations
        Of each frame, as the model's int8.
    """

    test: StreamTest
    detections_ms: tuple[int, ...]
    duty: DutyCycle
    activations: tuple[int, ...]


@dataclass(frozen=True)
class StreamPower:
    """A meter's trace of a stream.

    Attributes
    ----------
    samples_j
        The energy of each millisecond that it was read for.
    marks
        Where the stream begins and ends, as numbers of samples.
    """

    samples_j: Sequence[float]
    marks: Sequence[int]
    voltage_v: float | None = None


def write_stream_run(
    folder: Path, head: TinyHead, run: StreamRun, when: datetime, power: StreamPower | None = None
) -> None:
    """Write the three files; the folder is there.

    Raises
    ------
    LogInvalid
        If no detection marks the beginning, or no two marks are among the power's samples.
    """
    results = [*_energy_lines(power), *result_lines(run)]
    log = [*head_lines(head), *_log_lines(run, when)]
    if power is not None:
        log.append(f"samples:{len(power.samples_j)} timestamps:{len(power.marks)}")
    log += [*results, *_score_lines(run)]
    (folder / LOG_FILE).write_text("\n".join(log) + "\n", encoding="utf-8")
    (folder / RESULTS_TXT).write_text("\n".join(results) + "\n", encoding="utf-8")
    entry = json_text([_entry(run, power)], None)
    (folder / RESULTS_JSON).write_text(entry + "\n", encoding="utf-8")


def _energy_lines(power: StreamPower | None) -> list[str]:
    if power is None:
        return []
    trials = [trial_of(power.samples_j, power.marks, ITERATIONS)]
    return [*energy_lines(trials), RULE, median_line(trials), RULE]


def result_lines(run: StreamRun) -> list[str]:
    """Return what results.txt has of detections and duty cycle."""
    score = score_detections(run.detections_ms, run.test.detection_windows, RUNNER_RULE)
    return [
        f"Accuracy: {len(score.true_positives_s)} True positives, "
        f"{len(score.false_negatives_s)} False negatives, "
        f"{len(score.false_positives_s)} False positives",
        f"Average duty cycle: {run.duty.duty_cycle:1.5}",
        f"Average period: {run.duty.period_s:1.5} s",
        f"Estimated throughput: {_rate(run.duty):1.5} inf./sec.",
    ]


def _rate(duty: DutyCycle) -> float:
    return 1.0 / duty.processing_s if duty.processing_s > 0 else 0.0


def _log_lines(run: StreamRun, when: datetime) -> list[str]:
    test, duty = run.test, run.duty
    lines = [
        f"Playing {test.wav_file} (length = {test.length_sec}s) at {when:%H:%M:%S}...  ... done",
        str(list(run.detections_ms)),
    ]
    if duty.unpaired:
        lines.append(f"Warning: {duty.unpaired} start or stop times have no counterpart")
    if not duty.is_steady:
        lines.append("WARNING: Frame period variation exceeds 2%.")
    lines.append(f"Duty cycle = {duty.duty_cycle:.3f}, Period = {duty.period_s * 1e3:.3} ms")
    lines.append(f"== File {test.wav_file} ({test.length_sec:2.1f} s) == ")
    return lines


def _score_lines(run: StreamRun) -> list[str]:
    score = score_detections(run.detections_ms, run.test.detection_windows, RUNNER_RULE)
    return [
        f"    False negatives: {_seconds(score.false_negatives_s)}",
        f"    False positives: {_seconds(score.false_positives_s)}",
    ]


def _seconds(times_s: Sequence[float]) -> str:
    return f"[{', '.join(f'{each:.3f}' for each in times_s)}]"


def _entry(run: StreamRun, power: StreamPower | None) -> dict[str, object]:
    test, duty = run.test, run.duty
    entry: dict[str, object] = {
        "infer": {
            "wav_file": test.wav_file,
            "sample_rate": test.sample_rate,
            "length_sec": test.length_sec,
            "detection_windows": [list(each) for each in test.detection_windows],
            "detections": list(run.detections_ms),
            "iterations": ITERATIONS,
            "warmups": 0,
        },
        "dutycycle": {
            "duty_cycle": duty.duty_cycle,
            "period": duty.period_s,
            "processing_time": duty.processing_s,
            "start_times_s": list(duty.starts_s),
            "stop_times_s": list(duty.stops_s),
        },
        "activations": list(run.activations),
        "mode": MODE if power is None else ENERGY_MODE,
    }
    if power is not None:
        entry["power"] = power_entry(power.samples_j, power.marks, power.voltage_v)
    return entry
