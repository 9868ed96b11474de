"""Check MLPerf Tiny's energy mode: how many trials, how long, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from edgebench.errors import LogInvalid
from edgebench.mlperf.tiny.energy import Trial, median_uj_per_inference, read_trials
from edgebench.mlperf.tiny.files import RESULTS_JSON, RESULTS_TXT
from edgebench.mlperf.tiny.sentences import Sentences
from edgebench.mlperf.tiny.trace import TRACE, read_trace
from edgebench.mlperf.tiny.tree import ENERGY_TRIALS, LEAST_TRIAL_S
from edgebench.results.check.tiny.checked_benchmark import CheckedBenchmark


def check_energy(checked: CheckedBenchmark, folder: Path) -> None:
    """Check the trials that results.txt states and those that results.json has."""
    path, traces = folder / RESULTS_TXT, folder / RESULTS_JSON
    with checked.findings.noting(path):
        said = checked.sentences(path)
        if said.uj_per_inference is None:
            raise LogInvalid("no line says `Median energy cost is N uJ/inf.`: it was cut short")
        check_stated_trials(checked, path, said)
        if (folder / TRACE).is_file():
            _check_trace(checked, folder, said)
        times = [each.runtime_s for each in said.trials if each.runtime_s is not None]
        if not traces.is_file():
            _check_lengths(checked, path, times)
            return
        with checked.findings.noting(traces, "damage"):
            trials = read_trials(traces)
            _check_lengths(checked, traces, [each.elapsed_s for each in trials])
            check_measured_trials(checked, path, said, trials)


def check_stated_trials(checked: CheckedBenchmark, path: Path, said: Sentences) -> None:
    """Check that what a results.txt states of its trials agrees with itself."""
    stated = [each.uj_per_inference for each in said.trials if each.uj_per_inference]
    if stated and said.uj_per_inference is not None:
        middle = median(stated)
        checked.compare(path, said.uj_per_inference, middle, "a median of", "its trials")
    for number, each in enumerate(said.trials):
        if each.power_w and each.runtime_s and each.inferences and each.uj_per_inference:
            cost = each.power_w * each.runtime_s / each.inferences * 1e6
            of = (each.uj_per_inference, cost)
            checked.compare(path, *of, f"trial {number}:", "its power and time")


def check_measured_trials(
    checked: CheckedBenchmark, path: Path, said: Sentences, trials: Sequence[Trial]
) -> None:
    """Check what a results.txt states against the meter's samples."""
    if said.uj_per_inference is not None:
        middle = median_uj_per_inference(trials)
        checked.compare(path, said.uj_per_inference, middle, "a median of", RESULTS_JSON)
    for number, (text, trial) in enumerate(zip(said.trials, trials, strict=False)):
        if text.uj_per_inference is not None:
            of = (text.uj_per_inference, trial.uj_per_inference)
            checked.compare(path, *of, f"trial {number}:", RESULTS_JSON)


def _check_trace(checked: CheckedBenchmark, folder: Path, said: Sentences) -> None:
    """Check what is stated of each trial against EEMBC's trace."""
    with checked.findings.noting(folder / TRACE, "damage"):
        energies = read_trace(folder / TRACE).windows_uj()
        trials = zip(energies, said.trials, said.windows, strict=False)
        for number, (energy, trial, window) in enumerate(trials):
            if trial.uj_per_inference and window.inferences:
                of = (trial.uj_per_inference, energy / window.inferences)
                checked.compare(folder / RESULTS_TXT, *of, f"trial {number}:", TRACE)


def _check_lengths(checked: CheckedBenchmark, path: Path, seconds: list[float]) -> None:
    if len(seconds) != ENERGY_TRIALS:
        checked.still_open(path, f"{len(seconds)} trials of energy; the rules want {ENERGY_TRIALS}")
    for number, each in enumerate(seconds):
        if each < LEAST_TRIAL_S:
            checked.still_open(
                path, f"trial {number}: {each:g} s; the rules want {LEAST_TRIAL_S:g}"
            )
