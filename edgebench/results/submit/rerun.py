"""The call that makes a run over again, officially."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edgebench.call_text import call_text
from edgebench.device_place import BoardImage, parse_device
from edgebench.models.tflite.shapes import shapes_text
from edgebench.rundir.reader import Run
from edgebench.runtime_settings import RuntimeSettings
from edgebench.typed_json import structure

KEPT = ("dataset", "power", "supply_v", "target_qps", "latency_bound_ms", "round", "signature")
"""What else a run may have been asked for that a rerun needs."""


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
    if device.get("benchmark"):
        where["benchmark"] = device["benchmark"]
    # What runs on a device that is not built here is what the device says.
    model = () if "device" in where else (request.get("model") or record.model.name,)
    settings = structure(RuntimeSettings, request.get("settings", {})).changed()
    kept = {name: request.get(name) for name in KEPT}
    kept["shape"] = shapes_text(request.get("shape") or {}) or None
    return call_text(
        "run",
        *model,
        **where,
        scenarios=[record.scenario.lower()],
        official=True,
        **settings,
        **kept,
    )


def recipe(runs: Iterable[Run], *more: str) -> list[str]:
    """Return the lines of a README that make runs over again; ``more`` are calls after them."""
    calls = [each.strip("`") for each in (*map(rerun_call, runs), *more)]
    return ["```python", "import edgebench", "", *calls, "```"]
