"""The chips' rails that are a board's whole input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.power.acquisition.connections import sysfs
from edgebench.power.jetson.boards import whole_labels
from edgebench.power.meters.hwmon.rails import Chip, Rail


@dataclass(frozen=True)
class Whole:
    """The rails whose sum is the whole board, and how that is known."""

    rails: tuple[Rail, ...]
    chips: tuple[Chip, ...]
    why: str


def whole_board(root: Path, chips: Sequence[Chip]) -> Whole | None:
    """Return what measures the whole board; None if it is not known, or not measured."""
    model = sysfs.text(root / "proc/device-tree/model").strip("\0")
    found = whole_labels({rail.label for chip in chips for rail in chip.rails}, model)
    return None if found is None else _of_labels(chips, found.labels, found.why)


def _of_labels(chips: Sequence[Chip], labels: Sequence[str], why: str) -> Whole | None:
    """Return the rails of labels; None unless each is there once."""
    found = [
        (rail, chip)
        for label in labels
        for chip in chips
        for rail in chip.rails
        if rail.label == label
    ]
    if len(found) != len(labels):
        return None
    rails, owners = zip(*found, strict=True)
    return Whole(tuple(rails), tuple(dict.fromkeys(owners)), why)
