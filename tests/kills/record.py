"""A run directory without what time decides: what a resumed run must have in common with others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from edgebench.rundir.reader import read_run
from edgebench.rundir.schema import run_schema
from tests.kills.answers import answers_of

EXACT = (
    "format",
    "edgebench_version",
    "request",
    "model",
    "dataset",
    "sut",
    "scenario",
    "quick",
    "clock",
    "generator",
    "state",
    "accuracy",
    "compliance",
    "peak_search",
    "image",
    "reference",
)
"""The parts of a record whose values do not depend on time."""
EXACT_WITHIN = frozenset(
    {
        *("score_name", "unit", "lower_is_better", "kind", "generator", "meter", "checker_unit"),
        *("name", "sample", "window_by", "model", "profile", "extensions", "port", "baud"),
        *("latency_bound_ms", "is_emulated", "problem"),
    }
)
"""The same within the other parts."""
OF_TIME = frozenset(
    {
        *("warnings", "events", "drift", "reasons", "series", "faults", "problem", "reason"),
        "cautions",
    }
)
"""Lists and texts that say what happened on the way."""
SET_ASIDE = "set-aside"


def timeless(path: Path) -> dict[str, Any]:
    """Return what does not depend on time: values, the outline of the others, and the answers.

    Raises
    ------
    EdgebenchError, jsonschema.ValidationError
        If it is no sound run directory.
    """
    read_run(path)
    values = json.loads((path / "run.json").read_text())
    jsonschema.validate(values, run_schema())
    return {
        name: value if name in EXACT else outline(value)
        for name, value in values.items()
        if name not in OF_TIME
    } | {"answers": answers_of(path)}


def outline(value: Any) -> Any:
    """Return the keys and the types of a value; a measured number may be missing."""
    if isinstance(value, dict):
        return {
            name: _without_time(each) if name in EXACT_WITHIN else outline(each)
            for name, each in value.items()
            if name in EXACT_WITHIN or name not in OF_TIME
        }
    if isinstance(value, list):
        return [outline(each) for each in value]
    return "text" if isinstance(value, str) else "value"


def _without_time(value: Any) -> Any:
    """Return a value without the lists and texts in it that say what happened on the way."""
    if not isinstance(value, dict):
        return value
    return {name: _without_time(each) for name, each in value.items() if name not in OF_TIME}


def files_of(path: Path) -> list[str]:
    """Return the files of a run directory, without those of earlier tries."""
    below = (each.relative_to(path) for each in path.rglob("*") if each.is_file())
    return sorted(str(each) for each in below if each.parts[0] != SET_ASIDE)


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """Return where two values differ, with the way there."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted({*found, *wanted})
        return [
            each
            for name in names
            for each in differences(found.get(name), wanted.get(name), f"{where}.{name}")
        ]
    return [] if found == wanted else [f"{where}: {found!r}, undisturbed {wanted!r}"]
