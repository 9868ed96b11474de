"""Make a benchmark's data from files that the user has: which recipes there are, and writing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgebench.datasets.loaders.mlperf_tiny import LABELS_FILE
from edgebench.datasets.recipes import cifar10, coco, toyadmos
from edgebench.datasets.recipes.samples import ListedSample, listed_samples
from edgebench.errors import DatasetInvalid, DatasetNotFound
from edgebench.files.atomic import replacing_folder
from edgebench.files.disk import disk_errors
from edgebench.files.presence import exists
from edgebench.files.refusals import refusal

Make = Callable[[Path, Sequence[ListedSample], Path], Iterator[tuple[str, bytes]]]
"""From what the user has, the samples and the folder of lists to each file's name and content."""


@dataclass(frozen=True)
class Recipe:
    """How a benchmark's data are made.

    Attributes
    ----------
    wants
        What the user must have.
    make
        Yields the files, each with its content.
    """

    wants: str
    make: Make


RECIPES: Mapping[str, Recipe] = {
    "ic01": Recipe("cifar-10-python.tar.gz or cifar-10-binary.tar.gz", cifar10.make),
    "vww01": Recipe("vw_coco2014_96.tar.gz, or a folder of its or of COCO's images", coco.make),
    "ad01": Recipe("dev_data_ToyCar.zip, or a folder with its wav files", toyadmos.make),
}
"""By the folder of the data."""


def make_data(name: str, source: Path, lists: Path, target: Path) -> int:
    """Make a benchmark's folder in MLPerf Tiny's layout; return how many files it has.

    The folder is there whole or not at all.

    Parameters
    ----------
    source
        The user's archive or folder.
    lists
        The folder with ``NAME.csv``, the official y_labels.csv.
    target
        The folder to make; what is there is replaced.

    Raises
    ------
    DatasetNotFound
        If there is no such source.
    DatasetInvalid
        If it is not the data that the recipe wants, or can't be read.
    """
    if not exists(source):
        raise DatasetNotFound(f"{source}: there is no such file or folder", field="source")
    samples = listed_samples(lists / f"{name}.csv")
    with disk_errors(target), replacing_folder(target) as draft:
        for file, content in _made(name, source, samples, lists):
            (draft / file).write_bytes(content)
        shutil.copyfile(lists / f"{name}.csv", draft / LABELS_FILE)
    return len(samples)


def _made(
    name: str, source: Path, samples: Sequence[ListedSample], lists: Path
) -> Iterator[tuple[str, bytes]]:
    try:
        yield from RECIPES[name].make(source, samples, lists)
    except OSError as error:
        where = error.filename or source
        raise DatasetInvalid(f"{where}: can't be read: {refusal(error)}") from error
