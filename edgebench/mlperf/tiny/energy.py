"""MLPerf Tiny's energy mode: what the official runner makes of a meter's samples.

Each sample is the energy of one millisecond; the window of a trial lies between the last two marks
that the meter saw (a device that booted leaves one more in front).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_text, real, whole
from edgebench.mlperf.tiny.files import (
    LOG_FILE,
    RESULTS_JSON,
    RESULTS_TXT,
    RUNNER,
    TinyHead,
    head_lines,
    stamp_of,
)
from edgebench.text.json_text import json_text

SAMPLE_S = 0.001
RULE = "-" * 57


@dataclass(frozen=True)
class Trial:
    """A window's energy, by the meter alone."""

    inferences: int
    elapsed_s: float
    energy_j: float

    @property
    def power_w(self) -> float:
        """On average."""
        return self.energy_j / self.elapsed_s

    @property
    def uj_per_inference(self) -> float:
        """Microjoules an inference."""
        return self.energy_j * 1e6 / self.inferences


def trial_of(samples_j: Sequence[float], marks: Sequence[int], inferences: int) -> Trial:
    """Return the trial between the last two marks, which are numbers of samples.

    Raises
    ------
    LogInvalid
        If there are no two marks, or they are not among the samples.
    """
    if len(marks) < 2:
        raise LogInvalid(
            f"the meter saw {len(marks)} marks, a window has 2: is the device's marker pin wired, "
            "and the firmware one for energy mode?"
        )
    start, end = marks[-2:]
    if not 0 <= start < end <= len(samples_j) or inferences < 1:
        raise LogInvalid(f"a window from sample {start} to {end} of {len(samples_j)}")
    return Trial(inferences, (end - start) * SAMPLE_S, sum(samples_j[start:end]))


@dataclass(frozen=True)
class EnergyTrace:
    """A meter's trace of a trial: the energy of each millisecond, and marks as their numbers."""

    samples_j: Sequence[float]
    marks: Sequence[int]
    inferences: int

    @property
    def trial(self) -> Trial:
        """The trial between the last two marks; `LogInvalid` if there are none."""
        return trial_of(self.samples_j, self.marks, self.inferences)


def read_trials(path: Path) -> list[Trial]:
    """Read the official runner's results.json of energy mode.

    Raises
    ------
    LogInvalid
        If it is no such file.
    """
    return [each.trial for each in read_traces(path)]


def read_traces(path: Path) -> list[EnergyTrace]:
    """Read what the meter saw, from the official runner's results.json of energy mode.

    Raises
    ------
    LogInvalid
        If it is no such file.
    """
    rows = log_json(log_text(path), str(path))
    if not isinstance(rows, list):
        raise LogInvalid(f"{path}: no results of MLPerf Tiny's energy mode: not a list")
    return [_trace(row, f"{path}, entry {number}") for number, row in enumerate(rows)]


def _trace(row: Any, where: str) -> EnergyTrace:
    try:
        power, iterations = row["power"], row["infer"]["iterations"]
        stamps = [number for _, number in power["timestamps"]]
        readings = list(power["samples"])
    except (LookupError, TypeError, ValueError) as error:  # JSON of any shape
        raise LogInvalid(f"{where}: no trial of MLPerf Tiny's energy mode") from error
    return EnergyTrace(
        [real(each, f"{where}, samples") for each in readings],
        [whole(each, f"{where}, timestamps") for each in stamps],
        whole(iterations, f"{where}, iterations"),
    )


def median_uj_per_inference(trials: Sequence[Trial]) -> float:
    """Return the median microjoules an inference: MLPerf Tiny's result.

    Raises
    ------
    LogInvalid
        If there is no trial.
    """
    if not trials:
        raise LogInvalid("no trial")
    return median(trial.uj_per_inference for trial in trials)


@dataclass(frozen=True)
class LoggedTrial:
    """A trial as its files have it.

    Attributes
    ----------
    samples_j
        The energy of each millisecond that the meter was read for.
    marks
        Where the window begins and ends, as numbers of samples.
    """

    file: str
    classes: int
    results: tuple[float, ...]
    samples_j: Sequence[float]
    marks: Sequence[int]
    iterations: int
    warmups: int
    voltage_v: float | None = None


def energy_lines(trials: Sequence[Trial]) -> list[str]:
    """Return what results.txt has of trials before the median."""
    results = ["Power Edition Output"]
    for number, trial in enumerate(trials):
        results += [
            f"Energy data for trial {number}",
            f"  Elapsed time  : {trial.elapsed_s:.3f}",
            f"  Inferences    : {trial.inferences}",
            f"  Power         : {trial.power_w * 1e3:.4f} mW.",
            f"  Total Energy  : {trial.energy_j * 1e6:.3f} uJ",
            f"  Energy/Inf    : {trial.uj_per_inference:.3f} uJ/inf",
        ]
    return results


def median_line(trials: Sequence[Trial]) -> str:
    """Return the sentence that has the result."""
    return f"Median energy cost is {median_uj_per_inference(trials):.4f} uJ/inf."


def power_entry(
    samples_j: Sequence[float], marks: Sequence[int], voltage_v: float | None
) -> dict[str, Any]:
    """Return what results.json has of a meter."""
    return {
        "samples": list(samples_j),
        "timestamps": [[f"{number:02d}", mark] for number, mark in enumerate(marks)],
        "extracted_power": None,
        "voltage": voltage_v,
    }


def write_energy(
    folder: Path, head: TinyHead, trials: Sequence[LoggedTrial], when: datetime
) -> None:
    """Write an energy run's log.txt, results.txt and results.json; the folder is there."""
    stamp = stamp_of(when)
    found = [trial_of(each.samples_j, each.marks, each.iterations) for each in trials]
    results, last = energy_lines(found), median_line(found)
    log = head_lines(head)
    for each in trials:
        log += [
            f"{stamp} {RUNNER}: Loading file {each.file} segment 0",
            f"{stamp} {RUNNER}: Load complete.",
            f"Running inference with {each.warmups}/{each.iterations} (warmup/measured) iterations",
            f"Captured samples:{len(each.samples_j)} timestamps:{len(each.marks)}",
        ]
    log += [*results, RULE, f"{stamp} {RUNNER}: {last}", RULE]
    entries = [
        {
            "file": each.file,
            "classes": str(each.classes),
            "infer": {
                "results": list(each.results),
                "total_inferences": 1,
                "iterations": each.iterations,
                "warmups": each.warmups,
            },
            "power": power_entry(each.samples_j, each.marks, each.voltage_v),
            "mode": "e",
        }
        for each in trials
    ]
    (folder / LOG_FILE).write_text("\n".join(log) + "\n", encoding="utf-8")
    text = "\n".join([*results, RULE, last, RULE])
    (folder / RESULTS_TXT).write_text(text + "\n", encoding="utf-8")
    (folder / RESULTS_JSON).write_text(json_text(entries, None) + "\n", encoding="utf-8")
