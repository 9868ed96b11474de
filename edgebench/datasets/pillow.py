"""Open images by Pillow, with its errors and warnings in our own words."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from edgebench.errors import DatasetInvalid, RuntimeMissing
from edgebench.files.archive_fault import archive_fault

if TYPE_CHECKING:
    from PIL.Image import Image


def require_pillow() -> None:
    """Check that images can be read.

    Raises
    ------
    RuntimeMissing
        If Pillow is not installed.
    """
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise RuntimeMissing("images are read by Pillow: `pip install pillow`") from error


@contextmanager
def opened_image(source: Path | IO[bytes], where: str) -> Iterator[Image]:
    """Open an image for a block, in which its pixels are read.

    Parameters
    ----------
    where
        The image's name for errors.

    Raises
    ------
    RuntimeMissing
        If Pillow is not installed.
    DatasetInvalid
        If it is no image, or damaged.
    """
    require_pillow()
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # About large images and damaged EXIF data.
            warnings.simplefilter("ignore")
            with Image.open(source) as image:
                yield image
    except UnidentifiedImageError as error:
        raise DatasetInvalid(f"{where}: not an image of a kind that Pillow knows") from error
    except (
        *(Image.DecompressionBombError, OSError, ValueError, EOFError),
        *(SyntaxError, struct.error, zlib.error),  # Pillow's readers of damaged files
    ) as error:
        raise DatasetInvalid(f"{where}: the image is damaged: {archive_fault(error)}") from error
