"""A tree for MLPerf Tiny, closed or open: from official runs of serial devices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgebench.errors import NotSubmittable
from edgebench.mlperf.tiny.names import DEVICE_MODELS, benchmark_of_model
from edgebench.mlperf.tiny.tree import BENCHMARKS, FILES, SYSTEM_FIELDS
from edgebench.results.submit.description import Description, read_description
from edgebench.results.submit.eligible import refuse_unfit, runs_below
from edgebench.results.submit.rerun import recipe, rerun_call
from edgebench.results.submit.tree import Submitted, new_tree, put_copies, put_json, put_text
from edgebench.rundir.layout import ACCURACY, ENERGY, PERFORMANCE, TINY
from edgebench.rundir.reader import Run

REFERENCE_SOURCE = "mlperf-tiny"
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
    refuse_unfit(runs, None)
    by_benchmark = _by_benchmark(runs)
    for run in runs:
        _refuse_short(run)
        if division == "closed":
            _refuse_unlike_reference(run)
    notes = [note for run in runs for note in _notes(run)]
    with new_tree(out) as root:
        home = root / division / org
        put_json(
            home / "systems" / f"{described.name}.json", _fields(described, org, division, runs)
        )
        put_text(home / "code" / "README.md", _code_readme(runs, version))
        for name, run in by_benchmark.items():
            results = home / "results" / described.name / name
            for mode in (PERFORMANCE, ACCURACY, ENERGY):
                if mode != ENERGY or run.record.tiny_energy is not None:
                    put_copies(run.path / TINY / mode, results / mode, FILES, run.path.name)
    return Submitted(out, tuple(by_benchmark), tuple(dict.fromkeys(notes)))


def benchmark_of(run: Run) -> str:
    """Return MLPerf Tiny's name of what a device ran, by its own word: ``kws01`` is kws."""
    device = run.record.device
    return benchmark_of_model(device.model) if device else ""


def _by_benchmark(runs: Sequence[Run]) -> dict[str, Run]:
    found: dict[str, Run] = {}
    for run in runs:
        name = benchmark_of(run)
        if name not in BENCHMARKS:
            model = run.record.device.model if run.record.device else ""
            raise NotSubmittable(
                f"{run.path.name}: the device calls its model {model!r}, which is none of MLPerf "
                f"Tiny's ({', '.join(DEVICE_MODELS)}): its name goes into "
                "the tree, in the open division too"
            )
        if name in found:
            raise NotSubmittable(
                f"{found[name].path.name} and {run.path.name} are both {name}: a submission has "
                "one of each; name the one that is meant"
            )
        found[name] = run
    return found


def _refuse_short(run: Run) -> None:
    tiny, energy = run.record.tiny, run.record.tiny_energy
    if tiny is None or not tiny.valid:
        reason = tiny.reason if tiny else "no windows were measured"
        raise NotSubmittable(f"{run.path.name}: {reason}; rerun: {rerun_call(run)}")
    if energy is not None and not energy.valid:
        raise NotSubmittable(f"{run.path.name}: energy: {energy.reason}; rerun: {rerun_call(run)}")


def _refuse_unlike_reference(run: Run) -> None:
    benchmark = BENCHMARKS[benchmark_of(run)]
    accuracy = run.record.accuracy
    if REFERENCE_SOURCE not in run.record.dataset.name:
        raise NotSubmittable(
            f"{run.path.name}: closed takes MLPerf Tiny's own data only, this ran on "
            f"{run.record.dataset.name} (`edgebench pull`); or `division=open`"
        )
    if accuracy is not None and accuracy.samples != benchmark.inputs:
        raise NotSubmittable(
            f"{run.path.name}: accuracy on {accuracy.samples} inputs, the rules have "
            f"{benchmark.inputs}: name the whole set with `dataset`"
        )
    if accuracy is None or accuracy.value < benchmark.target:
        value = f"{accuracy.value:g}" if accuracy else "none"
        raise NotSubmittable(
            f"{run.path.name}: accuracy {value}, closed wants {benchmark.target:g}"
        )


def _notes(run: Run) -> list[str]:
    device = run.record.device
    notes = []
    if device is not None and device.is_emulated:
        notes.append(f"{run.path.name}: {EMULATED}; the system's notes say so")
    if REFERENCE_SOURCE not in run.record.dataset.name:
        notes.append(
            f"{run.path.name}: not MLPerf Tiny's own data but {run.record.dataset.name}: "
            f"{run.record.dataset.limits or run.record.dataset.source}"
        )
    accuracy, wanted = run.record.accuracy, BENCHMARKS[benchmark_of(run)].inputs
    if accuracy is not None and accuracy.samples != wanted:
        notes.append(f"{run.path.name}: accuracy on {accuracy.samples} inputs, closed has {wanted}")
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
