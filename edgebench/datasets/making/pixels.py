"""Turn the pixels of an image into a model's real values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import UsageError

Layout = Literal["nhwc", "nchw"]
"""Where the channels stand: last, as TensorFlow has them, or first, as PyTorch does."""
COLOURS = {1: "L", 3: "RGB"}
"""Pillow's modes by the number of channels."""
LARGEST_PIXEL = 255.0
MOST_PIXELS = 100_000_000
"""Of an image, as it is read and as it is made."""


@dataclass(frozen=True)
class ImageForm:
    """The size that images get. ``channels`` is 1 (grey) or 3 (red, green, blue)."""

    height: int
    width: int
    channels: int = 3
    layout: Layout = "nhwc"

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one sample."""
        size = (self.height, self.width)
        return (*size, self.channels) if self.layout == "nhwc" else (self.channels, *size)


@dataclass(frozen=True)
class PixelValues:
    """real = (pixel / 255 - mean) / std; one mean and std, or one for each channel."""

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    @classmethod
    def between(cls, low: float, high: float) -> PixelValues:
        """Return the values that turn pixels of 0 into ``low`` and of 255 into ``high``.

        Raises
        ------
        UsageError
            If ``low`` is not below ``high``, or they are no finite numbers.
        """
        if not -inf < low < high < inf:
            raise UsageError(
                f"`values` must go from a lower to a higher number, not from {low:g} to {high:g}",
                field="values",
            )
        return cls((-low / (high - low),), (1 / (high - low),))

    @classmethod
    def standardized(
        cls, mean: Sequence[float], std: Sequence[float], channels: int
    ) -> PixelValues:
        """Return the values of pixels from which a mean was taken, divided by a deviation.

        Raises
        ------
        UsageError
            If there is neither one for all channels nor one for each, or a `std` is not above 0,
            or a number is not finite.
        """
        for field, given in (("mean", mean), ("std", std)):
            if len(given) not in (1, channels):
                raise UsageError(
                    f"`{field}` has {len(given)} numbers; give one, or one for each of the "
                    f"{channels} channels",
                    field=field,
                )
            if not all(map(isfinite, given)):
                raise UsageError(f"each of `{field}` must be a finite number", field=field)
        if not all(each > 0 for each in std):
            raise UsageError("each of `std` must be above 0", field="std")
        return cls(tuple(mean), tuple(std))

    def real(self, pixels: NDArray[np.uint8], layout: Layout) -> NDArray[np.float32]:
        """Return real values of an image of shape (height, width, channels) in a layout."""
        # In float64, so that 0..255 gives the pixels themselves.
        exact = (pixels / LARGEST_PIXEL - np.array(self.mean)) / np.array(self.std)
        values = exact.astype(np.float32)
        return values if layout == "nhwc" else np.ascontiguousarray(values.transpose(2, 0, 1))
