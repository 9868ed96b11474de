"""Checks of the files that a dataset is made of: plain files, in their folder, of numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import DatasetInvalid
from edgebench.files.digest import sha256_of
from edgebench.files.refusals import refusal

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
"""A number as other programs write it; Python itself would also read ``1_0``, ``nan`` and digits of
all scripts."""
LONGEST_NUMBER = 400
LARGEST = float(np.finfo(np.float32).max)
MOST_TEXT_BYTES = 64 * 2**20


def real_number(text: str) -> float | None:
    """Return the number that a text is; None if it is none, or more than float32 can hold.

    Examples
    --------
    >>> real_number(" 1e-3 "), real_number("1_0"), real_number("1e999")
    (0.001, None, None)
    """
    stripped = text.strip()
    if len(stripped) > LONGEST_NUMBER or not NUMBER.fullmatch(stripped):
        return None
    number = float(stripped)
    return number if abs(number) <= LARGEST else None


def require_plain(path: Path, folder: Path | None = None) -> None:
    """Refuse what is no plain file, or is a link that leads out of the dataset's folder.

    Raises
    ------
    DatasetInvalid
        If it is: reading a device may never end, and what lies elsewhere was not given.
    """
    if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise DatasetInvalid(
            f"{path}: a link that leads out of the dataset's folder, to {path.resolve()}; put the "
            "file itself there"
        )
    if not path.is_file():
        raise DatasetInvalid(f"{path}: not a plain file")


def small_text(path: Path, folder: Path) -> str:
    """Return a text of a dataset's folder, such as its list of samples.

    Raises
    ------
    DatasetInvalid
        If it can't be read, or is longer than any such list.
    """
    require_plain(path, folder)
    try:
        if path.stat().st_size > MOST_TEXT_BYTES:
            raise DatasetInvalid(f"{path}: longer than {MOST_TEXT_BYTES:,} bytes")
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error


def digest(path: Path) -> str:
    """Return a file's SHA-256.

    Raises
    ------
    DatasetInvalid
        If it can't be read.
    """
    try:
        return sha256_of(path)
    except OSError as error:
        raise DatasetInvalid(f"{path}: can't be read: {refusal(error)}") from error


def require_numbers(values: NDArray[Any], where: str) -> None:
    """Refuse values that are no numbers; some may be infinite, as masks have them.

    Raises
    ------
    DatasetInvalid
        If any is NaN, or all are infinite: what a model makes of it says nothing.
    """
    if values.dtype.kind == "f" and np.isnan(values).any():
        share = float(np.isnan(values).mean())
        what = "all of its values are" if share == 1 else f"{share:.2%} of its values are"
        raise DatasetInvalid(f"{where}: {what} no numbers (NaN); was the data prepared rightly?")
    if values.dtype.kind == "f" and values.size and np.isinf(values).all():
        raise DatasetInvalid(f"{where}: all of its values are infinite; was it prepared rightly?")
