"""The call that makes a run over again, officially."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edgebench.device_place import BoardImage, parse_device
from edgebench.models.tflite.shapes import shapes_text
from edgebench.rundir.reader import Run
from edgebench.rundir.records.base import Record
from edgebench.rundir.records.request import DeviceRequestRecord, RequestRecord
from edgebench.text.call_text import call_text

SET_BY_RERUN = frozenset(
    (
        "model",
        "scenarios",
        "modes",
        "settings",
        "shape",
        "until",
        "device",
        "official",
        "duration_s",
        "round",
    )
)
"""What the call says in its own words; an official run's modes and duration are MLPerf's, and its
model is a whole one."""


def rerun_call(run: Run, version: str | None = None) -> str:
    """Return the call in backticks; with the seeds of another round if one is named."""
    record = run.record
    request, device = record.request, record.request.device
    place = None if device is None else parse_device(device.port)
    where: dict[str, Any] = {}
    if isinstance(place, BoardImage):
        where["board"] = place.board
    elif place is not None:
        where["device"] = str(place)
    if device is not None:
        where |= _changed(device, DeviceRequestRecord(device.port))
    # What runs on a device that is not built here is what the device says.
    model = () if "device" in where else (request.model or record.model.name,)
    # How fast frames come is asked of a stream only.
    without = SET_BY_RERUN if request.stream else SET_BY_RERUN | {"pace"}
    kept = _changed(request, RequestRecord(pace="real-time"), without)
    kept["shape"] = shapes_text(request.shape) or None
    # The last: an error about another round's seeds is about this.
    kept["round"] = version or request.round
    return call_text(
        "run",
        *model,
        **where,
        scenarios=[record.scenario.lower()],
        official=True,
        **request.settings.changed(),
        **kept,
    )


def _changed(
    asked: Record, usual: Record, left_out: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return what was asked for that is not the default; lists as a call has them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(asked).items()
        if name not in left_out and value != getattr(usual, name)
    }


def recipe(runs: Iterable[Run], *more: str) -> list[str]:
    """Return the lines of a README that make runs over again; ``more`` are calls after them."""
    calls = [each.strip("`") for each in (*map(rerun_call, runs), *more)]
    return ["```python", "import edgebench", "", *calls, "```"]
