"""Which device runs MLPerf Tiny takes, and what to do about those that it does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from edgebench.errors import LogInvalid, NotSubmittable
from edgebench.mlperf.tiny.files import RESULTS_TXT
from edgebench.mlperf.tiny.names import DEVICE_MODELS, benchmark_of_model
from edgebench.mlperf.tiny.sentences import Streaming, read_sentences
from edgebench.mlperf.tiny.tree import BENCHMARKS, MOST_FALSE_DETECTIONS, STREAM_WORDS
from edgebench.results.submit.eligible import refuse_unfit
from edgebench.results.submit.rerun import rerun_call
from edgebench.rundir.layout import STREAMING, TINY
from edgebench.rundir.reader import Run

REFERENCE_SOURCE = "mlperf-tiny"


def benchmark_of(run: Run) -> str:
    """Return MLPerf Tiny's name of what a device ran, by its own word: ``kws01`` is kws."""
    device = run.record.device
    return benchmark_of_model(device.model) if device else ""


def stream_folder(run: Run) -> Path:
    """Return where a run has the files of its streaming test."""
    return run.path / TINY / STREAMING


def _is_streamed(run: Run) -> bool:
    benchmark = BENCHMARKS.get(benchmark_of(run))
    return benchmark is not None and benchmark.is_streamed


def refuse_unfinished(runs: Sequence[Run]) -> None:
    """Refuse runs that are quick, INVALID, interrupted, or lack a result.

    Raises
    ------
    NotSubmittable
        With every reason.
    """
    refuse_unfit([run for run in runs if not _is_streamed(run)], None)
    refuse_unfit([run for run in runs if _is_streamed(run)], None, has_loadgen=False)


def by_benchmark(runs: Sequence[Run]) -> dict[str, Run]:
    """Return the run of each benchmark.

    Raises
    ------
    NotSubmittable
        If a run is of no benchmark, two are of one, or one needs another that is not there.
    """
    found: dict[str, Run] = {}
    for run in runs:
        name = benchmark_of(run)
        if name not in BENCHMARKS:
            model = run.record.device.model if run.record.device else ""
            raise NotSubmittable(
                f"{run.path.name}: the device calls its model {model!r}, which is none of MLPerf "
                f"Tiny's ({', '.join(DEVICE_MODELS)}): its name goes into the tree, in the open "
                "division too"
            )
        if name in found:
            raise NotSubmittable(
                f"{found[name].path.name} and {run.path.name} are both {name}: a submission has "
                "one of each; name the one that is meant"
            )
        found[name] = run
    for name, run in found.items():
        needs = BENCHMARKS[name].needs
        if needs and needs not in found:
            raise NotSubmittable(
                f"{run.path.name}: {name} counts only together with {needs}; name a run of {needs} "
                "as well"
            )
    return found


def refuse_unlike_rules(runs: Iterable[Run], division: str) -> None:
    """Refuse runs that are not by the rules, each with what to do.

    Raises
    ------
    NotSubmittable
        If there is one.
    """
    for run in runs:
        if _is_streamed(run):
            _refuse_stream(run, division)
            continue
        _refuse_short(run)
        if division == "closed":
            _refuse_unlike_reference(run)


def _refuse_short(run: Run) -> None:
    tiny = run.record.tiny
    if tiny is None or not tiny.valid:
        reason = tiny.reason if tiny else "no windows were measured"
        raise NotSubmittable(f"{run.path.name}: {reason}; rerun: {rerun_call(run)}")
    _refuse_energy(run)


def _refuse_energy(run: Run) -> None:
    energy = run.record.tiny_energy
    if energy is not None and not energy.valid:
        raise NotSubmittable(f"{run.path.name}: energy: {energy.reason}; rerun: {rerun_call(run)}")


def _refuse_unlike_reference(run: Run) -> None:
    benchmark = BENCHMARKS[benchmark_of(run)]
    accuracy = run.record.accuracy
    if REFERENCE_SOURCE not in run.record.dataset.name:
        raise NotSubmittable(
            f"{run.path.name}: closed takes MLPerf Tiny's own data only, this ran on "
            f"{run.record.dataset.name} (`edgebench pull`); or `division=open`",
            field="division",
        )
    if accuracy is not None and not benchmark.takes(accuracy.samples):
        raise NotSubmittable(
            f"{run.path.name}: accuracy on {accuracy.samples} inputs, the rules have "
            f"{benchmark.inputs}: name the whole set with `dataset`",
            field="dataset",
        )
    if accuracy is None or accuracy.value < benchmark.target:
        value = f"{accuracy.value:g}" if accuracy else "none"
        raise NotSubmittable(
            f"{run.path.name}: accuracy {value}, closed wants {benchmark.target:g}"
        )


def _refuse_stream(run: Run, division: str) -> None:
    stated = _stated(run)
    _refuse_energy(run)
    missed, false = stated.false_negatives or 0, stated.false_positives or 0
    words = (stated.true_positives or 0) + missed
    if words != STREAM_WORDS:
        raise NotSubmittable(
            f"{run.path.name}: a stream of {words} words, the rules have {STREAM_WORDS}: play the "
            "recording of sww_long_test.json"
        )
    if division == "closed" and max(missed, false) > MOST_FALSE_DETECTIONS:
        raise NotSubmittable(
            f"{run.path.name}: {missed} missed and {false} false detections, closed takes "
            f"{MOST_FALSE_DETECTIONS} of each; or `division=open`",
            field="division",
        )


def _stated(run: Run) -> Streaming:
    """Return what a streaming test states."""
    path = stream_folder(run) / RESULTS_TXT
    try:
        stated = read_sentences(path).streaming
    except LogInvalid as error:
        raise NotSubmittable(f"{error}; rerun: {rerun_call(run)}") from error
    if stated.true_positives is None or stated.duty_cycle is None:
        raise NotSubmittable(
            f"{path}: does not state the detections and the duty cycle; rerun: {rerun_call(run)}"
        )
    return stated
