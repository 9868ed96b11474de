"""LoadGen's mlperf_log_accuracy.json: what the system answered, sample by sample."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid


@dataclass(frozen=True)
class Answer:
    """A response as it was logged: which query, which sample, which bytes."""

    sequence: int
    sample_index: int
    data: bytes


def read_answers(path: Path) -> list[Answer]:
    """Read an accuracy log.

    Raises
    ------
    LogInvalid
        If it can't be read or an entry is damaged (the message says which).
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8", errors="replace") or "[]")
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {error.strerror}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise LogInvalid(f"{path}: damaged or cut short: {error}") from error
    if not isinstance(entries, list):
        raise LogInvalid(f"{path}: not a list of answers")
    return [_answer(entry, f"{path}, entry {number}") for number, entry in enumerate(entries)]


def _answer(entry: object, where: str) -> Answer:
    try:
        if not isinstance(entry, dict):
            raise TypeError("not an object")
        return Answer(int(entry["seq_id"]), int(entry["qsl_idx"]), bytes.fromhex(entry["data"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise LogInvalid(f"{where}: damaged: {error}") from error
