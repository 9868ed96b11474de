"""Keep what tuning found: for each model, shape, objective and machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from edgebench.errors import DiskFull, EdgebenchError, TunedMissing, UsageError
from edgebench.files.folders import UserFolder, data_folder
from edgebench.host.cpus import affordable_cpus
from edgebench.host.facts import host_facts
from edgebench.models.resolve import Model
from edgebench.models.tflite.shapes import shapes_text
from edgebench.rundir.writer import write_json
from edgebench.runtime_settings import RuntimeSettings
from edgebench.text.call_text import call_text
from edgebench.text.json_text import JsonDamaged, parse_json
from edgebench.text.typed_json import TypedJsonError, structure, unstructure

if TYPE_CHECKING:
    from edgebench.tuning.tune import Tuned

FORMAT, VERSION = "edgebench-tuned", 1


@dataclass(frozen=True)
class _Kept:
    """The part of a kept file that is read; the rest of `Tuned` in it is for people."""

    format: Literal["edgebench-tuned"]
    version: Literal[1]
    machine: Mapping[str, Any]
    chosen: RuntimeSettings


def machine() -> dict[str, Any]:
    """Return what makes a machine the one that was tuned."""
    facts = host_facts()
    return {
        "board": facts.board,
        "cpu_model": facts.cpu_model,
        "cores": facts.cores,
        "architecture": facts.architecture,
        "cpus": list(affordable_cpus()),
    }


def tuned_file(sha256: str, objective: str, measured_as: str = "") -> Path:
    """Return where the settings for a model, what is measured of it, and an objective are kept."""
    choice = f"_{hashlib.sha256(measured_as.encode()).hexdigest()[:8]}" if measured_as else ""
    return tuned_folder().path / f"{sha256[:16]}{choice}_{objective}.json"


def tuned_folder() -> UserFolder:
    """Return the folder for what was found."""
    return data_folder() / "tuned"


def keep(tuned: Tuned) -> Path:
    """Keep what was found for ``run(tuned=True)``; return where.

    Raises
    ------
    DiskFull, FolderNotWritable, EdgebenchError
        If it can't be written; the message has the settings.
    """
    path = tuned_file(tuned.model_sha256, tuned.objective, tuned.measured_as)
    try:
        tuned_folder().ready()
        write_json(path, {"format": FORMAT, "version": VERSION, **unstructure(tuned)})
    except DiskFull as error:
        raise DiskFull(
            f"found: {tuned.chosen}; it can't be kept: no space left in {path.parent}. Free some, "
            f"or set {tuned_folder().variable} to another folder"
        ) from error
    except EdgebenchError as error:
        # Minutes of search must not be lost with the place to keep them.
        raise type(error)(f"found: {tuned.chosen}; it can't be kept: {error}") from error
    return path


def _tune_call(model: Model, objective: str) -> str:
    facts = model.facts
    shapes = zip(facts.input_names, (tensor.shape for tensor in facts.inputs), strict=True)
    return call_text(
        "tune",
        model.spec,
        objective=objective,
        signature=facts.signature if len(facts.signatures) > 1 else None,
        shape=shapes_text(dict(shapes)) if model.sized is not None else None,
    )


def tuned_settings(model: Model, objective: str) -> RuntimeSettings:
    """Return the settings that were found on this machine for a model.

    Raises
    ------
    TunedMissing
        If there are none, or they are another machine's.
    """
    path = tuned_file(model.sha256, objective, model.measured_as)
    advice = f"{_tune_call(model, objective)} finds some"
    measured = model.measured_as and f" at {model.measured_as}"
    try:
        kept = _read(path)
    except FileNotFoundError as error:
        raise TunedMissing(
            f"{model.label} has not been tuned for {objective}{measured}: {advice}"
        ) from error
    except OSError as error:
        raise TunedMissing(f"{path}: can't be read ({error.strerror}): {advice}") from error
    except JsonDamaged as error:
        raise TunedMissing(f"{path}: damaged ({error}): {advice}") from error
    except (TypedJsonError, UsageError) as error:
        raise TunedMissing(
            f"{path}: not what this version of edgebench writes ({error}): {advice}"
        ) from error
    here = machine()
    apart = [name for name in here if kept.machine.get(name) != here[name]]
    if apart:
        said = "; ".join(
            f"{name} {kept.machine.get(name)!r}, here {here[name]!r}" for name in apart
        )
        raise TunedMissing(f"{path} is of another machine ({said}): {advice} for this one")
    return kept.chosen


def _read(path: Path) -> _Kept:
    values = parse_json(path.read_bytes())
    if isinstance(values, dict):
        values = {each.name: values[each.name] for each in fields(_Kept) if each.name in values}
    return structure(_Kept, values)
