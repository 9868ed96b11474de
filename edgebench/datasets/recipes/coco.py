"""Make MLPerf Tiny's vww01 from images of COCO: 96 x 96 pixels of three colours.

The official training data, vw_coco2014_96, has them at that size already: they are decoded. Whole
images of COCO are made smaller as Silicon Labs' buildPersonDetectionDatabase.py does it, by
scikit-image's rule: a Gaussian blur, then linear interpolation, whatever the image's shape.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.pillow import opened_image
from edgebench.datasets.recipes.damage import DAMAGED
from edgebench.datasets.recipes.samples import ListedSample
from edgebench.errors import DatasetInvalid
from edgebench.files.archive_fault import archive_fault

SIDE = 96
MOST_IMAGE_BYTES = 16 * 2**20
MOST_PIXELS = 4096
"""Of each side; COCO's have 640."""
ENDINGS = frozenset({".jpg", ".jpeg", ".png"})
BLUR_WIDTHS = 4.0
"""How many standard deviations of the blur are taken into account."""
_NUMBER = re.compile(r"(\d{12})$")


def make(source: Path, samples: Sequence[ListedSample], lists: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each sample's file: 96 x 96 pixels of three colours, uint8.

    Raises
    ------
    DatasetInvalid
        If an image is missing or can't be read.
    RuntimeMissing
        If Pillow is not installed.
    """
    wanted = {each.stem: each.file for each in samples}
    images = _in_archive(source) if source.is_file() else _in_folder(source)
    for number, where, content in images:
        file = wanted.pop(number, None)
        if file is not None:
            yield file, pixels(content, where).tobytes()
        if not wanted:
            return
    raise DatasetInvalid(
        f"{source}: {len(wanted)} of {len(samples)} images are not in it, such as "
        f"COCO_val2014_{min(wanted)}.jpg"
    )


def pixels(content: bytes, where: str) -> NDArray[np.uint8]:
    """Return an image at the benchmark's size: shape (96, 96, 3).

    Raises
    ------
    DatasetInvalid
        If it can't be decoded.
    """
    image = np.asarray(_decoded(content, where), np.uint8)
    if image.shape[:2] == (SIDE, SIDE):
        return image
    smaller = resized(image.astype(np.float64) / 255.0)
    return np.asarray(255.0 * smaller, np.uint8)


def resized(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an image of any size, blurred and interpolated to 96 x 96.

    Parameters
    ----------
    image
        Shape (rows, columns, 3).
    """
    for axis in (0, 1):
        weights = _weights(image.shape[axis])
        image = np.moveaxis(np.tensordot(weights, image, (1, axis)), 0, axis)
    return image


def _weights(size: int) -> NDArray[np.float64]:
    """Return what each pixel of a line weighs in each of the 96 that it becomes."""
    factor = size / SIDE
    blur = _blur(size, max(0.0, (factor - 1) / 2))
    at = np.abs((np.arange(SIDE) + 0.5) * factor - 0.5)
    at = np.minimum(at, np.abs(2 * (size - 1) - at))
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, size - 1)
    linear = np.zeros((SIDE, size))
    np.add.at(linear, (np.arange(SIDE), low), 1 - (at - low))
    np.add.at(linear, (np.arange(SIDE), high), at - low)
    found: NDArray[np.float64] = linear @ blur
    return found


def _blur(size: int, deviation: float) -> NDArray[np.float64]:
    """Return a Gaussian blur of a line as a matrix; beyond its ends it is mirrored."""
    if deviation == 0 or size == 1:
        return np.eye(size)
    radius = int(BLUR_WIDTHS * deviation + 0.5)
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (offsets / deviation) ** 2)
    kernel /= kernel.sum()
    places = np.abs((np.arange(size)[:, None] + offsets) % (2 * (size - 1)))
    places = np.minimum(places, 2 * (size - 1) - places)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (np.arange(size)[:, None], places), kernel)
    return matrix


def _decoded(content: bytes, where: str) -> Any:
    with opened_image(io.BytesIO(content), where) as image:
        if max(image.size) > MOST_PIXELS:
            raise DatasetInvalid(
                f"{where}: {image.width} x {image.height} pixels are none of COCO's"
            )
        return image.convert("RGB")


def _in_folder(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    for path in sorted(folder.rglob("*")):
        number = _number(path.name)
        if number and path.stat().st_size <= MOST_IMAGE_BYTES:
            yield number, str(path), path.read_bytes()


def _in_archive(archive: Path) -> Iterator[tuple[str, str, bytes]]:
    try:
        with tarfile.open(archive) as packed:
            for each in packed:
                # Links too have names, and the size of none.
                number = _number(each.name) if each.isfile() else ""
                content = packed.extractfile(each) if number else None
                if content is not None and each.size <= MOST_IMAGE_BYTES:
                    yield number, f"{archive}, {each.name}", content.read(MOST_IMAGE_BYTES + 1)
    except DAMAGED as error:
        raise DatasetInvalid(f"{archive}: can't be read as .tar: {archive_fault(error)}") from error


def _number(name: str) -> str:
    """Return an image's number in COCO; empty if it is no image of COCO's."""
    path = PurePosixPath(name)
    match = _NUMBER.search(path.stem) if path.suffix.lower() in ENDINGS else None
    return match[1] if match else ""
