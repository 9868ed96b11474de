"""Read MLPerf Tiny's own layout: y_labels.csv and a raw .bin file per sample.

A line of y_labels.csv is ``file,classes,label``, or for anomaly detection
``file,classes,label,window bytes,stride bytes``: the file is then cut into windows, each of
which is one inference, and the label is the file's.
(mlcommons/tiny, benchmark/evaluation/datasets.)
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np

from edgebench.datasets.card import Encoding
from edgebench.datasets.dataset import Dataset, Sample
from edgebench.datasets.loaders.folder import hash_files
from edgebench.datasets.loaders.untrusted import require_numbers, require_plain, small_text
from edgebench.errors import DatasetInvalid
from edgebench.files.presence import exists
from edgebench.metrics import TOP1
from edgebench.text.printable import excerpt

LABELS_FILE = "y_labels.csv"
MOST_WINDOWS = 1_000_000


@dataclass(frozen=True)
class LabelledFile:
    """A line of y_labels.csv; ``window_bytes`` is 0 where the whole file is one sample."""

    file: Path
    classes: int
    label: int
    window_bytes: int
    stride_bytes: int
    line: int

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        return self.file.stat().st_size

    @property
    def offsets(self) -> range:
        """Where each sample of the file starts."""
        if not self.window_bytes:
            return range(1)
        return range(0, self.size_bytes - self.window_bytes + 1, self.stride_bytes)


def encoded_bytes(encoding: Encoding) -> int:
    """Return how many bytes a stored sample has."""
    return prod(encoding.shape) * np.dtype(encoding.dtype).itemsize


def sample_bytes(folder: Path) -> int:
    """Return how many bytes the first sample of a folder has."""
    first = read_labels(folder)[0]
    return first.window_bytes or first.size_bytes


def load(path: Path, encoding: Encoding) -> Dataset:
    """Open a folder in MLPerf Tiny's layout.

    Raises
    ------
    DatasetInvalid
        If a line of y_labels.csv is wrong (the message says which), or a file has another
        size than the task's.
    """
    files = read_labels(path)
    size = encoded_bytes(encoding)
    windows: list[tuple[LabelledFile, int, int]] = []
    for group, each in enumerate(files):
        found = each.window_bytes or each.size_bytes
        if found != size or not each.offsets:
            raise DatasetInvalid(
                f"{each.file}: {each.size_bytes} bytes, samples of {found}; the task's samples "
                f"have {size}"
            )
        if len(windows) + len(each.offsets) > MOST_WINDOWS:
            raise DatasetInvalid(
                f"{path / LABELS_FILE}, line {each.line}: more than {MOST_WINDOWS:,} windows; is "
                f"the stride of {each.stride_bytes} bytes right?"
            )
        windows += [(each, group, offset) for offset in each.offsets]

    @lru_cache(maxsize=1)
    def content(file: Path) -> bytes:
        try:
            return file.read_bytes()
        except OSError as error:
            raise DatasetInvalid(f"{file}: can't be read: {error.strerror}") from error

    def sample(index: int) -> Sample:
        each, _, offset = windows[index]
        raw = content(each.file)[offset : offset + size]
        if len(raw) != size:
            raise DatasetInvalid(f"{each.file}: shorter than it was when the dataset was opened")
        stored = np.frombuffer(raw, encoding.dtype).reshape(encoding.shape)
        require_numbers(stored, f"{each.file}, byte {offset}")
        return (encoding.real(stored),)

    sliding = any(each.window_bytes for each in files)
    return Dataset(
        name=path.resolve().name,
        count=len(windows),
        sample=sample,
        labels=np.array([each.label for each in files], dtype=np.int64),
        groups=np.array([group for _, group, _ in windows], np.int64) if sliding else None,
        files=tuple(each.file.name for each in files),
        metric=TOP1.name,
        sha256=hash_files([path / LABELS_FILE, *(each.file for each in files)]),
        source=str(path),
    )


def read_labels(folder: Path) -> list[LabelledFile]:
    """Read y_labels.csv.

    Raises
    ------
    DatasetInvalid
        If it can't be read, a line is wrong, a file is missing, or there is none.
    """
    path = folder / LABELS_FILE
    text = small_text(path, folder)
    try:
        rows = list(enumerate(csv.reader(io.StringIO(text, newline="")), start=1))
    except csv.Error as error:
        raise DatasetInvalid(f"{path}: can't be read: {error}") from error
    files = [
        _line(folder, fields, f"{path}, line {number}", number)
        for number, fields in rows
        if any(field.strip() for field in fields)
    ]
    if not files:
        raise DatasetInvalid(f"{path}: it names no samples")
    return files


def _line(folder: Path, fields: list[str], where: str, number: int) -> LabelledFile:
    if len(fields) not in (3, 5):
        raise DatasetInvalid(f"{where}: {len(fields)} fields, expected 3 (or 5 with a window)")
    classes, label, *window = (_whole(field.strip(), where) for field in fields[1:])
    if label >= classes:
        raise DatasetInvalid(f"{where}: the label {label} is not one of {classes} classes")
    if window and (window[0] == 0 or window[1] == 0):
        raise DatasetInvalid(f"{where}: a window and its stride must be larger than 0")
    file = _file_called(fields[0].strip(), folder, where)
    window_bytes, stride_bytes = window or (0, 0)
    return LabelledFile(file, classes, label, window_bytes, stride_bytes, number)


def _whole(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise DatasetInvalid(f"{where}: {text[:40]!r} is not a whole number")
    return int(text)


def _file_called(name: str, folder: Path, where: str) -> Path:
    if not name or Path(name).name != name or "\0" in name:
        raise DatasetInvalid(f"{where}: {name[:80]!r} is not the name of a file in the folder")
    file = folder / name
    if not exists(file):
        raise DatasetInvalid(f"{where}: there is no file {excerpt(name, 80)} in {folder}")
    require_plain(file, folder)
    return file
