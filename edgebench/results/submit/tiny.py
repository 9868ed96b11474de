"""A tree for MLPerf Tiny, closed or open: from official runs of serial devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgebench.errors import LogInvalid, NotSubmittable
from edgebench.mlperf.tiny.energy import read_traces
from edgebench.mlperf.tiny.files import RESULTS_JSON, RESULTS_TXT
from edgebench.mlperf.tiny.sentences import read_sentences
from edgebench.mlperf.tiny.tree import BENCHMARKS, FILES, STREAM_PLOT, SYSTEM_FIELDS
from edgebench.results.submit.description import Description, read_description
from edgebench.results.submit.eligible import runs_below
from edgebench.results.submit.energy_plot import draw_energy
from edgebench.results.submit.rerun import recipe
from edgebench.results.submit.tiny_rules import (
    REFERENCE_SOURCE,
    benchmark_of,
    by_benchmark,
    refuse_unfinished,
    refuse_unlike_rules,
    stream_folder,
)
from edgebench.results.submit.tree import Submitted, new_tree, put_copies, put_json, put_text
from edgebench.rundir.layout import ACCURACY, ENERGY, PERFORMANCE, TINY
from edgebench.rundir.reader import Run

EMULATED = "an emulated device: the figures are this computer's, not a board's"


def submit_tiny(
    paths: Sequence[Path], out: Path, org: str, system: Path, version: str, division: str
) -> Submitted:
    """Write a tree of MLPerf Tiny.

    Parameters
    ----------
    paths
        Run directories of serial devices, or folders of them.
    system
        A system.toml: `edgebench.results.submit.description`.
    version
        ``v1.3`` or ``v1.4``: their trees are the same.
    division
        ``closed`` or ``open``.

    Raises
    ------
    NotSubmittable
        If a run is not fit (with what to rerun), or the description lacks something.
    RunDirectoryInvalid
        If a run directory is damaged.
    """
    described = read_description("tiny", system, SYSTEM_FIELDS)
    runs = runs_below(paths)
    hosts = [run.path.name for run in runs if run.record.device is None]
    if hosts:
        raise NotSubmittable(
            f"{hosts[0]} is of this machine, not of a serial device: it goes into MLPerf Inference "
            "(`edgebench submit inference`)"
        )
    refuse_unfinished(runs)
    found = by_benchmark(runs)
    refuse_unlike_rules(runs, division)
    notes = [note for run in runs for note in _notes(run)]
    with new_tree(out) as root:
        home = root / division / org
        put_json(
            home / "systems" / f"{described.name}.json", _fields(described, org, division, runs)
        )
        put_text(home / "code" / "README.md", _code_readme(runs, version))
        for name, run in found.items():
            results = home / "results" / described.name / name
            (_put_stream if BENCHMARKS[name].is_streamed else _put_modes)(run, results)
    return Submitted(out, tuple(found), tuple(dict.fromkeys(notes)))


def _put_modes(run: Run, results: Path) -> None:
    for mode in (PERFORMANCE, ACCURACY, ENERGY):
        if mode != ENERGY or run.record.tiny_energy is not None:
            put_copies(run.path / TINY / mode, results / mode, FILES, run.path.name)


def _put_stream(run: Run, results: Path) -> None:
    """Put a streaming test's one run into the folder of the mode that the official checker reads.

    With energy that is ``energy``, and ``performance`` without.
    """
    source = stream_folder(run)
    try:
        traces = read_traces(source / RESULTS_JSON) if _has_power(source / RESULTS_TXT) else []
    except LogInvalid as error:
        raise NotSubmittable(str(error)) from error
    target = results / (ENERGY if traces else PERFORMANCE)
    put_copies(source, target, FILES, run.path.name)
    for trace in traces[:1]:
        draw_energy(trace, target / STREAM_PLOT)


def _has_power(results: Path) -> bool:
    return any(each.power_w for each in read_sentences(results).trials)


def _notes(run: Run) -> list[str]:
    device = run.record.device
    notes = []
    if device is not None and device.is_emulated:
        notes.append(f"{run.path.name}: {EMULATED}; the system's notes say so")
    is_streamed = BENCHMARKS[benchmark_of(run)].is_streamed
    if REFERENCE_SOURCE not in run.record.dataset.name and not is_streamed:
        notes.append(
            f"{run.path.name}: not MLPerf Tiny's own data but {run.record.dataset.name}: "
            f"{run.record.dataset.limits or run.record.dataset.source}"
        )
    accuracy, rules = run.record.accuracy, BENCHMARKS[benchmark_of(run)]
    if accuracy is not None and not rules.is_streamed and not rules.takes(accuracy.samples):
        text = f"accuracy on {accuracy.samples} inputs, closed has {rules.inputs}"
        notes.append(f"{run.path.name}: {text}")
    return notes


def _fields(described: Description, org: str, division: str, runs: Sequence[Run]) -> dict[str, str]:
    fields = {"Submitter": org, "Division": division.capitalize(), **described.fields}
    if any(run.record.device and run.record.device.is_emulated for run in runs):
        fields["Hardware Notes"] = "; ".join(filter(None, (fields["Hardware Notes"], EMULATED)))
    return fields


def _code_readme(runs: Sequence[Run], version: str) -> str:
    lines = [
        f"# How these results were made (MLPerf Tiny {version})",
        "",
        "Measured by edgebench over MLPerf Tiny's serial protocol, timed by the device.",
        "",
        f"`pip install edgebench=={runs[0].record.edgebench_version}`, then:",
        "",
        *recipe(runs),
        "",
    ]
    for run in runs:
        model = run.record.model
        lines.append(f"- {benchmark_of(run)}: {model.file}, SHA-256 {model.sha256}")
    return "\n".join(lines)
