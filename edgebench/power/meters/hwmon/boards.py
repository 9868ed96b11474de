"""Which rails are a board's whole input: by its model, or by the labels of its rails."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.power.acquisition import sysfs
from edgebench.power.meters.hwmon.rails import Chip, Rail
from edgebench.typed_json import structure

BOARDS = Path(__file__).with_name("boards.toml")
WHOLE_LABELS = ("VDD_IN", "POM_5V_IN")
"""Labels that only a whole board's input has."""


@dataclass(frozen=True)
class Board:
    """A board of the table; see boards.toml."""

    whole: tuple[str, ...]
    models: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole:
    """The rails whose sum is the whole board, and how that is known."""

    rails: tuple[Rail, ...]
    chips: tuple[Chip, ...]
    why: str


def boards() -> dict[str, Board]:
    """Return the table, by name."""
    tables = tomllib.loads(BOARDS.read_text(encoding="utf-8"))
    return {name: structure(Board, table) for name, table in tables.items()}


def whole_labels(labels: Sequence[str], model: str) -> tuple[str, ...]:
    """Return the labels of the rails whose sum is a board; none if that is not known.

    Parameters
    ----------
    labels
        Of all rails that are measured.
    model
        The board's; empty if it is not known.
    """
    for board in boards().values():
        if _is(board, labels, model):
            return board.whole if set(board.whole) <= set(labels) else ()
    return next(((each,) for each in WHOLE_LABELS if each in labels), ())


def whole_board(root: Path, chips: Sequence[Chip]) -> Whole | None:
    """Return what measures the whole board; None if it is not known, or not measured."""
    model = sysfs.text(root / "proc/device-tree/model").strip("\0")
    labels = {rail.label for chip in chips for rail in chip.rails}
    for name, board in boards().items():
        if _is(board, labels, model):
            why = f"board {model}" if model else f"rails of {name}"
            return _of_labels(chips, board.whole, why)
    for label in WHOLE_LABELS:
        if label in labels:
            return _of_labels(chips, (label,), "by its label")
    return None


def _is(board: Board, labels: Collection[str], model: str) -> bool:
    """Whether a board is of the table's: by its model, or by its rails where that is not known."""
    if model:
        return any(re.search(each, model) for each in board.models)
    return bool(board.labels) and set(board.labels) <= set(labels)


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
