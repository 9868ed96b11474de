"""accuracy/confusion.json: how often each class was taken for each other class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid
from edgebench.rundir.contents.json_file import read_typed
from edgebench.rundir.contents.presence import is_present
from edgebench.text.json_text import json_text

CONFUSION = "confusion.json"
MOST_CLASSES = 100
"""More than a person can read; none is written of those."""


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix: ``counts[i, j]`` samples of class i were answered with j."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class _Counts:
    """The contents of the file."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def confusion_of(
    answers: NDArray[np.int64], labels: NDArray[np.int64], classes: tuple[str, ...]
) -> Confusion | None:
    """Count answers; None of more than `MOST_CLASSES` classes."""
    count = int(max(answers.max(initial=0), labels.max(initial=0), len(classes) - 1)) + 1
    if count > MOST_CLASSES:
        return None
    counts = np.bincount(labels * count + answers, minlength=count * count)
    names = (*classes, *(str(number) for number in range(len(classes), count)))
    return Confusion(names, counts.reshape(count, count))


def write_confusion(folder: Path, confusion: Confusion) -> None:
    """Write confusion.json.

    Raises
    ------
    OSError
        If it can't be written.
    """
    values = {"classes": list(confusion.classes), "counts": confusion.counts.tolist()}
    (folder / CONFUSION).write_text(json_text(values, None) + "\n", encoding="utf-8")


def read_confusion(folder: Path) -> Confusion | None:
    """Read confusion.json; None where there is none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = folder / CONFUSION
    if not is_present(path):
        return None
    found = read_typed(_Counts, path)
    count = len(found.classes)
    if not count or [len(row) for row in found.counts] != [count] * count:
        raise RunDirectoryInvalid(f"{path}: damaged: `counts` is not {count} x {count} numbers")
    try:
        counts = np.array(found.counts, np.int64)
    except OverflowError as error:
        raise RunDirectoryInvalid(
            f"{path}: damaged: a number in `counts` has over 64 bits"
        ) from error
    return Confusion(found.classes, counts)
