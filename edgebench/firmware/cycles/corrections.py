"""Keep how a board's measured time compares with its estimate, to correct later ones.

One file per board and kind of image in the user's folder: for each model the cycles that were
measured, over those that were estimated. A correction is their median.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from edgebench.boards.card import BoardCard
from edgebench.files.atomic import write_text
from edgebench.files.disk import disk_errors
from edgebench.files.folders import UserFolder, data_folder
from edgebench.firmware.building.image import firmware_of
from edgebench.text.json_text import JsonDamaged, parse_json

LIKELY = (0.1, 10.0)
"""A ratio outside is no board's: another clock, or other firmware."""


@dataclass(frozen=True)
class Correction:
    """By what an estimate is multiplied, and by how many measurements of the board."""

    ratio: float
    measurements: int


def correction_for(board: BoardCard, optimize: str) -> Correction | None:
    """Return what measurements of a board say; None where there are none."""
    ratios = _read(_file(board, optimize))
    return Correction(median(ratios.values()), len(ratios)) if ratios else None


def keep_ratio(board: BoardCard, optimize: str, model_sha256: str, ratio: float) -> bool:
    """Keep the ratio of a measured time to its estimate; return whether it can be a board's.

    Raises
    ------
    FolderNotWritable, DiskFull
        If it can't be kept.
    """
    if not LIKELY[0] <= ratio <= LIKELY[1]:
        return False
    path = _file(board, optimize)
    with disk_errors(_folder().ready()):
        ratios = {**_read(path), model_sha256: ratio}
        write_text(path, json.dumps(ratios, indent=2, sort_keys=True, allow_nan=False) + "\n")
    return True


def _folder() -> UserFolder:
    return data_folder() / "measured-boards"


def _file(board: BoardCard, optimize: str) -> Path:
    card = firmware_of(board)
    kind = json.dumps([card.flags, card.kernels, card.ports, optimize], allow_nan=False)
    return _folder().path / f"{board.name}_{hashlib.sha256(kind.encode()).hexdigest()[:8]}.json"


def _read(path: Path) -> Mapping[str, float]:
    """Return what a file has; nothing where it is missing or damaged: it only improves figures."""
    try:
        found = parse_json(path.read_text())
    except (OSError, UnicodeError, JsonDamaged):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and LIKELY[0] <= value <= LIKELY[1]
    }
