"""LoadGen's mlperf_log_accuracy.json: what the system answered, sample by sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid


@dataclass(frozen=True)
class Answer:
    """A response as it was logged: which query, which sample, which bytes."""

    sequence: int
    sample_index: int
    data: bytes


def read_answers(path: Path) -> Iterator[Answer]:
    """Read an accuracy log answer by answer: an official one can have hundreds of MB.

    LoadGen writes an entry a line; what is written otherwise is read whole.

    Raises
    ------
    LogInvalid
        If it can't be read or an entry is damaged (the message says which).
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            number = 0
            closed = False
            for line in file:
                text = line.strip()
                if text.startswith("[") and len(text) > 1:
                    yield from _whole(path)
                    return
                closed = text == "]" or (closed and not text)
                if text in ("[", "]", ""):
                    continue
                where = f"{path}, entry {number}"
                yield _answer(_json(text.rstrip(","), where), where)
                number += 1
            if number and not closed:
                raise LogInvalid(f"{path}: cut short after {number} entries")
    except OSError as error:
        raise LogInvalid(f"{path}: can't be read: {error.strerror}") from error


def _whole(path: Path) -> Iterator[Answer]:
    entries = _json(path.read_text(encoding="utf-8", errors="replace"), str(path))
    if not isinstance(entries, list):
        raise LogInvalid(f"{path}: not a list of answers")
    for number, entry in enumerate(entries):
        yield _answer(entry, f"{path}, entry {number}")


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise LogInvalid(f"{where}: damaged or cut short: {error}") from error


def _answer(entry: object, where: str) -> Answer:
    try:
        if not isinstance(entry, dict):
            raise TypeError("not an object")
        return Answer(int(entry["seq_id"]), int(entry["qsl_idx"]), bytes.fromhex(entry["data"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise LogInvalid(f"{where}: damaged: {error}") from error
