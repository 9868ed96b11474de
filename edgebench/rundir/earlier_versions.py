"""Read a run.json of an earlier edgebench: what it implied is added, what is gone is left out."""

from __future__ import annotations

from typing import Any

ONLY_DEFAULT_DELEGATE = "XNNPACK"
"""The only one that a runtime applied without being asked while run.json did not name those."""


def add_default_delegates(values: dict[str, Any]) -> None:
    """Name the default delegates of a system whose description has no key for them.

    What is damaged stays damaged, so that whoever reads the values can name it.
    """
    sut = values.get("sut")
    if isinstance(sut, dict) and "default_delegates" not in sut:
        applied = sut.get("delegates")
        used = isinstance(applied, list) and ONLY_DEFAULT_DELEGATE in applied
        sut["default_delegates"] = [ONLY_DEFAULT_DELEGATE] if used else []


def leave_out_drawn_reuse(values: dict[str, Any]) -> None:
    """Leave out how near a dataset's rows would come back, which was drawn before the run.

    Later ones record it of the samples that LoadGen drew.
    """
    dataset = values.get("dataset")
    if isinstance(dataset, dict):
        dataset.pop("reuse_drawn", None)
