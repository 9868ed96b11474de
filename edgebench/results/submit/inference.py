"""A tree for MLPerf Inference, open division, edge: from official runs on this machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from edgebench.errors import NotSubmittable
from edgebench.mlperf.fitness import too_few_samples
from edgebench.mlperf.inference_models import INFERENCE_MODELS
from edgebench.mlperf.inference_rounds import INFERENCE_ROUNDS, mlperf_model
from edgebench.mlperf.inference_tree import (
    LAYOUTS,
    MEASUREMENT_FIELDS,
    MODEL_MAPPING,
    PERFORMANCE_FILES,
    POWER_FIELDS,
    SYSTEM_FIELDS,
    Layout,
)
from edgebench.mlperf.loadgen.config import USER_CONF
from edgebench.models.card import ModelCard, model_cards
from edgebench.results.submit.accuracy_log import copy_truncated
from edgebench.results.submit.description import Description, read_description
from edgebench.results.submit.eligible import refuse_unfit, runs_below
from edgebench.results.submit.rerun import recipe
from edgebench.results.submit.tree import Submitted, new_tree, put_copies, put_json, put_text
from edgebench.rundir.layout import (
    ACCURACY,
    LOADGEN,
    PERFORMANCE,
    POWER,
    POWER_SESSION,
    RANGING,
    SPL,
)
from edgebench.rundir.reader import Run
from edgebench.text.call_text import call_text

DIVISION = "open"
SKIP = "--skip-dataset-size-check"
POWER_NOTE = (
    "power: MLCommons' power check wants the logs of its own client and server round PTDaemon; "
    "edgebench's own record (performance/power/session.json) can't pass it. Without `with_power` "
    "the results stand without power"
)


def submit_inference(
    paths: Sequence[Path],
    out: Path,
    org: str,
    system: Path,
    version: str,
    with_power: bool = False,
    other_data: bool = False,
) -> Submitted:
    """Write a tree of the open division, edge.

    Parameters
    ----------
    paths
        Run directories, or folders of them.
    system
        A system.toml: `edgebench.results.submit.description`.
    version
        ``v5.1``, ``v6.0`` or ``v6.1``.
    with_power
        Whether power goes with the runs that have it.
    other_data
        Whether a model may count as a benchmark whose data it did not run on. The open division's
        rules want the benchmark's task and data; the tree says where they are not.

    Raises
    ------
    NotSubmittable
        If a run is not fit (with what to rerun), or the description lacks something.
    RunDirectoryInvalid
        If a run directory is damaged.
    """
    described = read_description("inference", system, SYSTEM_FIELDS, POWER_FIELDS)
    runs = runs_below(paths)
    _refuse_devices(runs)
    refuse_unfit(runs, version)
    _refuse_doubles(runs)
    powered = [run for run in runs if with_power and (run.path / POWER).is_dir()]
    _refuse_power_without_ranging(powered)
    mapping = _mapping(runs, described, version)
    _refuse_few_samples(runs, mapping, version)
    others = {run.path: text for run in runs if (text := _of_other_data(run, mapping))}
    if not other_data:
        _refuse_other_data(others.values())
    layout = LAYOUTS[version]
    notes = [
        f"{text}: the official checker takes that with {SKIP} only" for text in others.values()
    ]
    with new_tree(out) as root:
        home = root / DIVISION / org
        fields = _system_fields(runs, org, described, has_power=bool(powered))
        if powered:
            notes.append(POWER_NOTE)
        put_json(home / "systems" / f"{described.name}.json", fields)
        put_json(home / MODEL_MAPPING, mapping)
        readme = _code_readme(runs, version, others.values())
        put_text(home / layout.code / "README.md", readme)
        for model in mapping:
            put_text(home / layout.code / model / "README.md", readme)
        put_text(home / "calibration.md", _calibration(runs))
        for run in runs:
            said = others.get(run.path, "")
            _put_run(run, home, layout, described, said, with_power=run in powered)
    named = tuple(f"{run.record.model.name} {run.record.scenario}" for run in runs)
    return Submitted(out, named, tuple(dict.fromkeys(note for note in notes if note)))


def _system_fields(
    runs: Sequence[Run], org: str, described: Description, *, has_power: bool
) -> dict[str, str]:
    """Return what the tree says of the system; its power supply only where power was measured."""
    fields = {"division": DIVISION, "submitter": org, **described.fields}
    fields["framework"] = described.fields.get("framework") or _frameworks(runs)
    if has_power:
        fields |= {name: described.fields.get(name, "") for name in POWER_FIELDS}
    return fields


def _put_run(
    run: Run, home: Path, layout: Layout, described: Description, said: str, *, with_power: bool
) -> None:
    """Put a run's logs, settings and measurements where its round has them.

    ``said`` is what its README says of other data than the benchmark's.
    """
    place = {
        "system": described.name,
        "model": run.record.model.name,
        "scenario": run.record.scenario,
    }
    results = home / "results" / described.name / place["model"] / place["scenario"]
    _results(run, results)
    if with_power:
        _power(run, results)
    settings = home / layout.settings.format(**place)
    put_copies(run.path / PERFORMANCE, settings, (USER_CONF,), run.path.name)
    put_text(settings / "README.md", _run_readme(run, said))
    put_json(home / layout.measurements.format(**place), _measurements(run, described))


def _frameworks(runs: Sequence[Run]) -> str:
    """Return what ran the models: packages and their versions."""
    suts = (run.record.sut for run in runs)
    return ", ".join(dict.fromkeys(f"{sut.runtime} {sut.runtime_version}" for sut in suts))


def _refuse_devices(runs: Sequence[Run]) -> None:
    devices = [run.path.name for run in runs if run.record.device is not None]
    if devices:
        raise NotSubmittable(
            f"{devices[0]} is a serial device's: it goes into MLPerf Tiny (`edgebench submit tiny`)"
        )


def _refuse_doubles(runs: Sequence[Run]) -> None:
    seen: dict[tuple[str, str], Run] = {}
    for run in runs:
        key = (run.record.model.name, run.record.scenario)
        if key in seen:
            raise NotSubmittable(
                f"{seen[key].path.name} and {run.path.name} are both {' '.join(key)}: a submission "
                "has one of each; name the one that is meant"
            )
        seen[key] = run


def _mapping(runs: Sequence[Run], described: Description, version: str) -> dict[str, str]:
    """Return which benchmark each model counts as."""
    mapping, known = {}, INFERENCE_ROUNDS[version].suites["edge"].required
    for name in dict.fromkeys(run.record.model.name for run in runs):
        benchmark = mlperf_model(name, described.mapping, version)
        if benchmark is None:
            raise NotSubmittable(
                f"which benchmark does {name} count as? Add to system.toml, in [models]: "
                f'"{name}" = "resnet" (or {", ".join(m for m in known if m != "resnet")})'
            )
        if benchmark not in known:
            raise NotSubmittable.unknown(
                f"models.{name}", benchmark, known, where="in system.toml, of the edge suite"
            )
        mapping[name] = benchmark
    return mapping


def _refuse_few_samples(runs: Sequence[Run], mapping: dict[str, str], version: str) -> None:
    """Refuse what the official checker would: it wants so many samples loaded, in open as well."""
    for run in runs:
        name, samples = run.record.model.name, run.record.dataset.samples
        reason = too_few_samples(name, mapping, version, samples)
        if reason:
            raise NotSubmittable(
                f"{run.path.name}: {run.record.dataset.name} has {reason}; measure on more data, "
                "or let the model count as another benchmark"
            )


def _of_other_data(run: Run, mapping: dict[str, str]) -> str:
    """Return how a run's data differ from its benchmark's; nothing if they are as many samples."""
    model, samples = run.record.model.name, run.record.dataset.samples
    benchmark = mapping[model]
    wanted = INFERENCE_MODELS[benchmark].dataset_samples
    if samples == wanted:
        return ""
    return (
        f"{model} ran on {samples:,} samples of {run.record.dataset.name}, {benchmark}'s dataset "
        f"has {wanted:,}: it is not {benchmark}'s data"
    )


def _refuse_other_data(texts: Collection[str]) -> None:
    if texts:
        raise NotSubmittable(
            f"{next(iter(texts))}. The open division is for the benchmark's own task and "
            "data: measure on these, or let `other_data` state in the tree that it is another",
            field="other_data",
        )


def _results(run: Run, results: Path) -> None:
    performance = results / PERFORMANCE / "run_1"
    put_copies(run.path / PERFORMANCE, performance, PERFORMANCE_FILES, run.path.name)
    accuracy = results / ACCURACY
    put_copies(run.path / ACCURACY, accuracy, PERFORMANCE_FILES, run.path.name)
    copy_truncated(run.path / ACCURACY, accuracy)


def _power(run: Run, results: Path) -> None:
    """Put a run's power where a round has it: the session's record, ranging, spl.txt."""
    power, ranging = run.path / POWER, run.path / RANGING
    target = results / PERFORMANCE
    put_copies(power, target / "run_1", (SPL,), run.path.name)
    put_copies(power, target / POWER, (POWER_SESSION,), run.path.name)
    put_copies(ranging / LOADGEN, target / RANGING, PERFORMANCE_FILES, run.path.name)
    put_copies(ranging, target / RANGING, (SPL,), run.path.name)


def _refuse_power_without_ranging(runs: Sequence[Run]) -> None:
    for run in runs:
        if (run.path / POWER).is_dir() and not (run.path / RANGING / SPL).is_file():
            raise NotSubmittable(
                f"{run.path.name}: power without a ranging run, which MLPerf's power rules want: "
                "measure with `power=ptd://HOST:PORT`, or leave `with_power` out",
                field="with_power",
            )


_TYPES = {"float32": "fp32", "float16": "fp16"}


def _measurements(run: Run, described: Description) -> dict[str, str]:
    """Return measurements.json: the card's facts, system.toml's where there is no card."""
    model = run.record.model
    card = model_cards().get(model.name) if model.has_card else None
    found = dict(described.measurements)
    if card is not None:
        found = _of_card(card, model.variant, model.file) | found
    missing = [name for name in MEASUREMENT_FIELDS if not found.get(name)]
    if missing:
        raise NotSubmittable(
            f"{model.name} has no card: system.toml's [measurements] must say {', '.join(missing)}"
        )
    return {name: found[name] for name in MEASUREMENT_FIELDS}


def _of_card(card: ModelCard, variant: str, file: str) -> dict[str, str]:
    kind = _TYPES.get(variant.split("-", maxsplit=1)[0], variant.split("-", maxsplit=1)[0])
    is_quantized = kind not in ("fp32", "fp16")
    return {
        "input_data_types": kind,
        "weight_data_types": kind,
        "retraining": "yes: trained by the script next to the model's card",
        "starting_weights_filename": file,
        "weight_transformations": (
            f"affine quantization of {card.name}'s float32 weights" if is_quantized else "none"
        ),
    }


def _run_readme(run: Run, said: str) -> str:
    record = run.record
    sut = record.sut
    return "\n".join(
        (
            f"# {record.model.name} {record.model.variant}, {record.scenario}",
            "",
            f"Ran on {sut.name} {sut.runtime_version}, {', '.join(sut.settings.parts())}, "
            f"by {record.generator}, edgebench "
            f"{record.edgebench_version}.",
            f"Model: {record.model.file}, SHA-256 {record.model.sha256}.",
            f"Data: {record.dataset.name}, {record.dataset.samples} samples, SHA-256 "
            f"{record.dataset.sha256}.",
            *(
                (f"What its accuracy does not tell: {record.dataset.limits}.",)
                if record.dataset.limits
                else ()
            ),
            *((f"Not the benchmark's data: {said}.",) if said else ()),
            "",
            "To run it again:",
            "",
            *recipe([run]),
        )
    )


def _code_readme(runs: Sequence[Run], version: str, said: Collection[str]) -> str:
    ours = runs[0].record.edgebench_version
    submit = call_text(
        "submit_inference",
        "edgebench-runs",
        out="tree",
        org="ORG",
        system="system.toml",
        version=version,
        other_data=bool(said),
    )
    stated = [f"Not the benchmark's data: {text}." for text in dict.fromkeys(said)]
    lines = ["# How these results were made", "", f"`pip install edgebench=={ours}`, then:", ""]
    return "\n".join([*lines, *recipe(runs, submit), *(["", *stated] if stated else [])])


def _calibration(runs: Sequence[Run]) -> str:
    lines = ["# Calibration", ""]
    for name in dict.fromkeys(f"{r.record.model.name} {r.record.model.variant}" for r in runs):
        lines.append(
            f"- {name}: post-training quantization on the training part of its dataset where the "
            "variant is quantized; the script lies next to the model's card."
        )
    return "\n".join(lines)
