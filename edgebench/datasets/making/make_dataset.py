"""Make datasets: read each file of a folder, write one .npz, and say what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.making import images, sounds
from edgebench.datasets.making.archive import written
from edgebench.datasets.making.class_folders import ClassFolders, class_folders
from edgebench.datasets.making.pixels import ImageForm, PixelValues
from edgebench.datasets.pillow import require_pillow
from edgebench.errors import DatasetInvalid, UsageError
from edgebench.files.disk import disk_errors
from edgebench.text.brief import Brief

SHOWN_FAULTS = 5
Read = Callable[[Path], NDArray[np.float32]]


@dataclass(frozen=True, repr=False)
class MadeDataset(Brief):
    """A dataset that was made of a folder.

    Attributes
    ----------
    path
        The .npz.
    shape
        Of one sample.
    low, high
        The lowest and the highest real value.
    classes, counts
        The names of the classes by number, and how many samples each has; empty without labels.
    notes
        What was done to files, and what was left out.
    """

    path: Path
    samples: int
    shape: tuple[int, ...]
    low: float
    high: float
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def from_images(
    folder: Path, out: Path, form: ImageForm, values: PixelValues, fit: images.Fit
) -> MadeDataset:
    """Make a dataset of images.

    Raises
    ------
    RuntimeMissing
        If Pillow is not installed.
    DatasetNotFound, DatasetInvalid
        As `class_folders`, or if files are no images that can be read: the error names them.
    DiskFull, EdgebenchError
        If it can't be written.
    """
    require_pillow()
    found = class_folders(folder, images.ENDINGS)

    def read(path: Path) -> NDArray[np.float32]:
        return values.real(images.read_image(path, form, fit), form.layout)

    return _written(out, found, read, form.shape)


def from_sounds(
    folder: Path, out: Path, length_s: float, features: sounds.Features, rate_hz: int | None
) -> MadeDataset:
    """Make a dataset of WAV files; without a rate, all must have the first one's.

    Raises
    ------
    UsageError
        If the length is too short for one value, or too long.
    DatasetNotFound, DatasetInvalid
        As `class_folders`, or if files are no WAV files of 16-bit PCM at that rate: the error names
        them.
    DiskFull, EdgebenchError
        If it can't be written.
    """
    found = class_folders(folder, sounds.ENDINGS)
    first = _first_sound(found, sounds.needed_rate_hz(features, rate_hz), length_s, features)
    if not first.values.size:
        raise UsageError(
            f"`length_s` is {length_s:g}, too short for a sample of {features} values",
            field="length_s",
        )
    longer = shorter = 0

    def read(path: Path) -> NDArray[np.float32]:
        nonlocal longer, shorter
        sound = sounds.read_sound(path, first.rate_hz, length_s, features)
        longer += sound.cut_s > 0
        shorter += sound.added_s > 0
        return sound.values

    made = _written(out, found, read, first.values.shape)
    changed = (
        (longer, f"are longer than {length_s:g} s: their ends were left out"),
        (shorter, f"are shorter than {length_s:g} s: silence was added at the end"),
    )
    notes = (f"{count} of {made.samples} {what}" for count, what in changed if count)
    return replace(made, notes=(f"{first.rate_hz:,} Hz", *made.notes, *notes))


def _first_sound(
    found: ClassFolders, rate_hz: int | None, length_s: float, features: sounds.Features
) -> sounds.Sound:
    """Return the first file that can be read; raise the first one's error if none can."""
    faults: list[DatasetInvalid] = []
    for each in found.files:
        try:
            return sounds.read_sound(each.path, rate_hz, length_s, features)
        except DatasetInvalid as error:
            faults.append(error)
    _refuse([str(each) for each in faults], len(found.files))
    raise faults[0]


def _written(out: Path, found: ClassFolders, read: Read, shape: tuple[int, ...]) -> MadeDataset:
    """Read all files, write their values, and describe them."""
    if out.suffix != ".npz":
        raise UsageError(f"`out` must be the path of an .npz file, not {out}", field="out")
    labels = [each.label for each in found.files if each.label is not None]
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    low, high = np.inf, -np.inf
    faults: list[str] = []
    with written(out, shape, labels or None, found.classes, len(found.files)) as writer:
        for each in found.files:
            try:
                values = read(each.path)
            except DatasetInvalid as error:
                faults.append(str(error))
                continue
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            writer.add(values)
        _refuse(faults, len(found.files))
    counts = Counter(labels)
    by_class = tuple(counts[number] for number in range(len(found.classes)))
    return MadeDataset(
        path=out,
        samples=len(found.files),
        shape=shape,
        low=low,
        high=high,
        classes=found.classes,
        counts=by_class,
        notes=tuple(_notes(found, by_class)),
    )


def _refuse(faults: Sequence[str], count: int) -> None:
    """Raise one error for all files that can't be read."""
    if not faults:
        return
    if len(faults) == 1:
        raise DatasetInvalid(faults[0])
    more = len(faults) - SHOWN_FAULTS
    shown = [*faults[:SHOWN_FAULTS], *([f"and {more} more"] if more > 0 else [])]
    raise DatasetInvalid(
        "\n".join([f"{len(faults)} of {count} files can't be read; nothing was written", *shown])
    )


def _notes(found: ClassFolders, counts: Sequence[int]) -> Iterator[str]:
    if not found.classes:
        yield "no labels: the files lie in the folder itself, not in one sub-folder per class"
    empty = [name for name, count in zip(found.classes, counts, strict=True) if not count]
    if empty:
        yield f"{len(empty)} of {len(counts)} classes have no files: {', '.join(empty)}"
    if found.others:
        yield f"files with other endings, left out: {found.others}"
