"""Upgrade run directories of format 1, which edgebench 0.1 wrote, to format 2.

Format 1 marks run.json with ``"format": "edgebench-run", "version": 1``; format 2 with
``"format": 2``. All else that changed is in the tables below: values keep their meaning and units.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgebench.rundir.contents.presence import is_present

MARK = {"format": "edgebench-run", "version": 1}
SUT_SETTINGS = ("threads", "instances", "instance_kind", "batch", "resolver", "affinity")
DELEGATE = ("delegate", "delegate_options")
REQUEST_SETTINGS = (*SUT_SETTINGS, *DELEGATE, "runtime")
RENAMED: Mapping[str, str] = {
    "accuracy.beside": "accuracy.secondary",
    "find_peak": "peak_search",
    **{f"sut.{name}": f"sut.settings.{name}" for name in SUT_SETTINGS},
    **{f"request.{name}": f"request.settings.{name}" for name in REQUEST_SETTINGS},
}
"""Where a value lies in format 1, and where it lies in format 2, as paths of keys."""
DEVICE = "device"
"""The ``resolver`` of a serial device, which has no runtime."""
OLD_FILES: Mapping[str, str] = {"timeline.json": "along.json"}
"""Files of format 2, and what they are called in format 1."""


def is_format_1(values: Mapping[str, Any]) -> bool:
    """Return whether a run.json's values are of format 1."""
    return all(values.get(name) == value for name, value in MARK.items())


def upgraded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run.json of format 1 as one of format 2, without its mark.

    What is damaged stays damaged, so that whoever reads the values can name it.
    """
    new = copy.deepcopy({name: value for name, value in values.items() if name not in MARK})
    for old, name in RENAMED.items():
        _move(new, old.split("."), name.split("."))
    _complete_settings(new)
    return new


def _complete_settings(values: dict[str, Any]) -> None:
    """Add what format 1 had elsewhere: the runtime's name, and the delegate that was asked for."""
    sut, request = values.get("sut"), values.get("request")
    ran = sut.get("settings") if isinstance(sut, dict) else None
    asked = request.get("settings") if isinstance(request, dict) else None
    if not isinstance(sut, dict) or not isinstance(ran, dict):
        return
    if ran.get("resolver") == DEVICE:
        del ran["resolver"]
        return
    ran["runtime"] = sut.get("name")
    if isinstance(asked, dict):
        ran |= {name: asked[name] for name in DELEGATE if name in asked}


def found_under_old_name(folder: Path, name: str) -> Path:
    """Return a file's path: under its old name where there is none of its own."""
    path, old = folder / name, folder / OLD_FILES[name]
    return old if not is_present(path) and is_present(old) else path


def _move(values: dict[str, Any], old: list[str], new: list[str]) -> None:
    """Move a value to another path, if it and the objects on its way are there."""
    source: Any = values
    for key in old[:-1]:
        source = source.get(key) if isinstance(source, dict) else None
    if not isinstance(source, dict) or old[-1] not in source:
        return
    target = values
    for key in new[:-1]:
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            return
    target[new[-1]] = source.pop(old[-1])
