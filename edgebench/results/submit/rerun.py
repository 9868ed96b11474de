"""The call that makes a run over again, officially."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgebench.device_place import BoardImage, parse_device
from edgebench.models.tflite.shapes import shapes_text
from edgebench.rundir.reader import Run
from edgebench.runtime_settings import RuntimeSettings
from edgebench.text.call_text import call_text
from edgebench.text.typed_json import structure

SET_BY_RERUN = frozenset(
    ("model", "scenarios", "modes", "settings", "shape", "device", "official", "duration_s")
)
"""What the call says in its own words; an official run's modes and duration are MLPerf's."""
USUAL: dict[str, Any] = {"warmup_s": 1.0, "idle_s": 2.0, "pace": "real-time"}
USUAL_OF_DEVICE: dict[str, Any] = {
    "baud": 115200,
    "reset": "open",
    "verify": "auto",
    "retries": 5,
    "extensions": True,
    "optimize": "balanced",
    "input_format": "auto",
}
"""Defaults that say something; of all others the default is None, false or empty."""


def rerun_call(run: Run, version: str | None = None) -> str:
    """Return the call in backticks; with the seeds of another round if one is named."""
    record = run.record
    request = {**record.request, "round": version or record.request.get("round")}
    device = request.get("device") or {}
    place = parse_device(str(device["port"])) if device.get("port") else None
    where: dict[str, Any] = {}
    if isinstance(place, BoardImage):
        where["board"] = place.board
    elif place is not None:
        where["device"] = str(place)
    where |= _changed(device, USUAL_OF_DEVICE, frozenset(("port",)))
    # What runs on a device that is not built here is what the device says.
    model = () if "device" in where else (request.get("model") or record.model.name,)
    settings = structure(RuntimeSettings, request.get("settings", {})).changed()
    # How fast frames come is asked of a stream only.
    without = frozenset() if request.get("stream") else frozenset(("pace",))
    kept = _changed(request, USUAL, SET_BY_RERUN | without)
    kept["shape"] = shapes_text(request.get("shape") or {}) or None
    # The last: an error about another round's seeds is about this.
    kept["round"] = kept.pop("round", None)
    return call_text(
        "run",
        *model,
        **where,
        scenarios=[record.scenario.lower()],
        official=True,
        **settings,
        **kept,
    )


def _changed(
    values: Mapping[str, Any], usual: Mapping[str, Any], left_out: frozenset[str]
) -> dict[str, Any]:
    """Return what was asked for that is not the default; lists as a call has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in left_out and (value != usual[name] if name in usual else bool(value))
    }


def recipe(runs: Iterable[Run], *more: str) -> list[str]:
    """Return the lines of a README that make runs over again; ``more`` are calls after them."""
    calls = [each.strip("`") for each in (*map(rerun_call, runs), *more)]
    return ["```python", "import edgebench", "", *calls, "```"]
