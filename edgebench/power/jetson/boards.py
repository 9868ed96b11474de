"""Which rails are a board's whole input: by its model, or by the labels of its rails."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from edgebench.power.description import MeasuredAt
from edgebench.text.typed_json import structure

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
class WholeLabels:
    """The labels of the rails whose sum is a board, and how that is known."""

    labels: tuple[str, ...]
    why: str


def boards() -> dict[str, Board]:
    """Return the table, by name."""
    tables = tomllib.loads(BOARDS.read_text(encoding="utf-8"))
    return {name: structure(Board, table) for name, table in tables.items()}


def whole_labels(labels: Collection[str], model: str) -> WholeLabels | None:
    """Return the rails whose sum is a board; None if they are not known.

    Parameters
    ----------
    labels
        Of all rails that are measured.
    model
        The board's, of /proc/device-tree/model; empty if it is not known.
    """
    for name, board in boards().items():
        if _is(board, labels, model):
            return WholeLabels(board.whole, f"board {model}" if model else f"rails of {name}")
    found = next((each for each in WHOLE_LABELS if each in labels), None)
    return None if found is None else WholeLabels((found,), "by its label")


def measured_by(labels: Collection[str]) -> MeasuredAt:
    """Return where sensors of these rails measure; a sum of rails may lack some of the board."""
    is_whole = len(labels) == 1 and set(labels) <= set(WHOLE_LABELS)
    return MeasuredAt.INLET if is_whole else MeasuredAt.RAILS


def _is(board: Board, labels: Collection[str], model: str) -> bool:
    """Whether a board is of the table's: by its model, or by its rails where that is not known."""
    if model:
        return any(re.search(each, model) for each in board.models)
    return bool(board.labels) and set(board.labels) <= set(labels)
