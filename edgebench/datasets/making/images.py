"""Read images of any size and kind, by Pillow, at the size that a model takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.making.pixels import COLOURS, MOST_PIXELS, ImageForm
from edgebench.datasets.pillow import opened_image
from edgebench.errors import DatasetInvalid

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "stretch", "pad"]
"""How an image of another shape is made to fit: its middle, all of it distorted, or all of it with
black borders."""
ENDINGS = frozenset(
    {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
EIGHT_BIT_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
"""Pillow's. Others have pixels of 16 or 32 bits, whose range is not known."""


def read_image(path: Path, form: ImageForm, fit: Fit) -> NDArray[np.uint8]:
    """Read an image and resize it: antialiased, linear interpolation.

    It is turned as its EXIF data say. Transparency is dropped.

    Returns
    -------
    Shape (height, width, channels).

    Raises
    ------
    DatasetInvalid
        If it can't be decoded, has several frames, or pixels of more than 8 bits.
    """
    from PIL import ImageOps

    with opened_image(path, str(path)) as opened:
        _require_plain_pixels(opened, path)
        upright = ImageOps.exif_transpose(opened)
        fitted = _fitted(upright.convert(COLOURS[form.channels]), form, fit)
    return np.asarray(fitted, np.uint8).reshape(form.height, form.width, form.channels)


def _require_plain_pixels(image: Image, path: Path) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise DatasetInvalid(
            f"{path}: {image.width:,} x {image.height:,} pixels; the limit is {MOST_PIXELS:,}"
        )
    if image.mode not in EIGHT_BIT_MODES:
        raise DatasetInvalid(
            f"{path}: pixels of Pillow's mode {image.mode}, not of 8 bits; convert it to 8-bit "
            "grey or colour"
        )
    frames = getattr(image, "n_frames", 1)
    # Phones append further pictures (depth, a second lens) to a JPEG: an MPO.
    if frames > 1 and image.format != "MPO":
        raise DatasetInvalid(f"{path}: {frames} frames; save one of them as an image")


def _fitted(image: Image, form: ImageForm, fit: Fit) -> Image:
    from PIL import ImageOps
    from PIL.Image import Resampling

    size = (form.width, form.height)
    if fit == "stretch":
        return image.resize(size, Resampling.BILINEAR)
    if fit == "pad":
        return ImageOps.pad(image, size, Resampling.BILINEAR)
    return ImageOps.fit(image, size, Resampling.BILINEAR)
