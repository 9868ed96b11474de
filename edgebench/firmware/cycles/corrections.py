"""Keep how a board's measured time compares with its estimate, to correct later ones.

One file per board and kind of image in the user's folder: for each model the cycles that were
measured, over those that were estimated. A correction is their median.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import log
from pathlib import Path
from statistics import median, stdev

from edgebench.boards.card import BoardCard
from edgebench.errors import EdgebenchError
from edgebench.files.atomic import replacing
from edgebench.files.folders import UserFolder, data_folder
from edgebench.files.lock import held
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.cycles.cores import core_of, cycle_table
from edgebench.text.json_text import JsonDamaged, parse_json

LIKELY = (0.1, 10.0)
"""A ratio outside is no board's: another clock, or other firmware."""
LOCK, LOCK_S = ".lock", 30.0
"""Held while a ratio is added to a file, and how long it is waited for."""


@dataclass(frozen=True)
class Correction:
    """By what an estimate is multiplied, and by how many measurements of the board.

    ``scatter`` is the standard deviation of their ratios' logarithms; 0 of a single one.
    """

    ratio: float
    measurements: int
    scatter: float = 0.0


def correction_for(board: BoardCard, optimize: str) -> Correction | None:
    """Return what measurements of a board say; None where there are none."""
    ratios = _read(_file(board, optimize))
    if not ratios:
        return None
    logs = [log(ratio) for ratio in ratios.values()]
    scatter = stdev(logs) if len(logs) > 1 else 0.0
    return Correction(median(ratios.values()), len(ratios), scatter)


def keep_ratio(board: BoardCard, optimize: str, model_sha256: str, ratio: float) -> bool:
    """Keep the ratio of a measured time to its estimate; return whether it can be a board's.

    Raises
    ------
    FolderNotWritable, DiskFull, EdgebenchError
        If it can't be kept, or another process keeps one for longer than ``LOCK_S``.
    """
    if not LIKELY[0] <= ratio <= LIKELY[1]:
        return False
    path = _file(board, optimize)
    kept = _folder()
    with held(kept.ready() / LOCK, _busy, wait_s=LOCK_S), kept.disk_errors():
        ratios = {**_read(path), model_sha256: ratio}
        text = json.dumps(ratios, indent=2, sort_keys=True, allow_nan=False) + "\n"
        with replacing(path, shared=True) as draft:
            draft.write_text(text, encoding="utf-8")
    return True


def _busy(holder: str) -> EdgebenchError:
    return EdgebenchError(f"{_folder().path}: {holder} writes there; try again when it has ended")


def _folder() -> UserFolder:
    return data_folder() / "measured-boards"


def _file(board: BoardCard, optimize: str) -> Path:
    """Return where ratios are kept for what they correct: other figures give other estimates."""
    card, core = firmware_of(board), core_of(firmware_of(board))
    timing = replace(board.timing, source="") if board.timing else None
    figures = [asdict(timing) if timing else None, core and dict(core.cycles)]
    flash = asdict(cycle_table().flash)
    built = [card.flags, card.kernels, card.ports, optimize]
    kind = json.dumps([*built, *figures, flash], sort_keys=True, allow_nan=False)
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
