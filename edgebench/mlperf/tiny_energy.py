"""MLPerf Tiny's energy mode: what the official runner makes of a meter's samples.

Each sample is the energy of one millisecond; the window of a trial lies between the last two marks
that the meter saw (a device that booted leaves one more in front).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from edgebench.errors import LogInvalid

SAMPLE_S = 0.001


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


def read_trials(path: Path) -> list[Trial]:
    """Read the official runner's results.json of energy mode.

    Raises
    ------
    LogInvalid
        If it is no such file.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [_trial(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise LogInvalid(f"{path}: no results of MLPerf Tiny's energy mode: {error}") from error


def _trial(row: dict[str, Any]) -> Trial:
    power = row["power"]
    marks = [int(number) for _, number in power["timestamps"]]
    samples = [float(each) for each in power["samples"]]
    return trial_of(samples, marks, int(row["infer"]["iterations"]))


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
