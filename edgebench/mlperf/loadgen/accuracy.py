"""Read LoadGen's mlperf_log_accuracy.json: what the system answered, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import LogInvalid
from edgebench.mlperf.log_text import log_json, log_lines, log_text, shown, whole

MOST_LINE_CHARACTERS = 1 << 28
"""An answer may be an image of 100 MB, in hexadecimal."""


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
    number = 0
    closed = False
    for _, line in log_lines(path, MOST_LINE_CHARACTERS):
        text = line.strip()
        if text.startswith("[") and len(text) > 1:
            yield from _whole(path)
            return
        closed = text == "]" or (closed and not text)
        if text in ("[", "]", ""):
            continue
        where = f"{path}, entry {number}"
        yield _answer(log_json(text.rstrip(","), where), where)
        number += 1
    if number and not closed:
        raise LogInvalid(f"{path}: cut short after {number} entries")


def _whole(path: Path) -> Iterator[Answer]:
    entries = log_json(log_text(path), str(path))
    if not isinstance(entries, list):
        raise LogInvalid(f"{path}: not a list of answers")
    for number, entry in enumerate(entries):
        yield _answer(entry, f"{path}, entry {number}")


def _answer(entry: object, where: str) -> Answer:
    if not isinstance(entry, dict):
        raise LogInvalid(f"{where}: damaged: not an object")
    missing = [key for key in ("seq_id", "qsl_idx", "data") if key not in entry]
    if missing:
        raise LogInvalid(f"{where}: damaged: `{missing[0]}` is missing")
    data = entry["data"]
    try:
        content = bytes.fromhex(data)
    except (TypeError, ValueError) as error:  # no text, or not hexadecimal
        raise LogInvalid(f"{where}: damaged: {shown(data)} is not hexadecimal") from error
    sequence, index = (whole(entry[key], f"{where}, `{key}`") for key in ("seq_id", "qsl_idx"))
    return Answer(sequence, index, content)
