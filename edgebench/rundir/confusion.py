"""accuracy/confusion.json: how often each class was answered with which."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import RunDirectoryInvalid

CONFUSION = "confusion.json"
MOST_CLASSES = 100
"""More than a person can read; none is written of those."""


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix: ``counts[i, j]`` samples of class i were answered with j."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]


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
    (folder / CONFUSION).write_text(json.dumps(values) + "\n", encoding="utf-8")


def read_confusion(folder: Path) -> Confusion | None:
    """Read confusion.json; None where there is none.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = folder / CONFUSION
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        classes = tuple(str(name) for name in values["classes"])
        counts = np.array(values["counts"], np.int64)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunDirectoryInvalid(f"{path}: damaged: {error}") from error
    if counts.shape != (len(classes), len(classes)) or not classes:
        raise RunDirectoryInvalid(f"{path}: damaged: {counts.shape} for {len(classes)} classes")
    return Confusion(classes, counts)
