"""Refuse layers whose sums of products an int32 may not hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import LIMITS
from edgebench.firmware.reading.op_reader import OpReader

MOST = 2**31 - 1
SPLIT = "split the layer into several with smaller sums"


def farthest(zero_point: int) -> int:
    """Return how far an int8 may be from its zero point."""
    low, high = LIMITS["INT8"]
    return max(zero_point - low, high - zero_point)


def check_weights(
    read: OpReader,
    weights: NDArray[np.int8],
    weights_zero_point: int,
    bias: NDArray[Any] | None,
    input_zero_point: int,
    axis: int,
) -> None:
    """Refuse weights of int8 whose products with some input come to more than an int32.

    ``axis`` is that of the output channels. Kernels may add up the inputs as they are stored, and
    take off the zero point's part afterwards; that sum is never the larger one.

    Raises
    ------
    OpRefused
        With the number of products.
    """
    channels = weights.shape[axis]
    others = tuple(each for each in range(weights.ndim) if each != axis)
    sizes = np.abs(weights.astype(np.int16) - weights_zero_point).sum(axis=others, dtype=np.int64)
    first = np.zeros(channels, np.int64) if bias is None else bias.astype(np.int64)
    reach = sizes * farthest(input_zero_point)
    largest = max(int((first + reach).max()), int((reach - first).max()) - 1)
    check_largest(read, weights.size // channels, largest)


def check_largest(read: OpReader, products: int, largest: int) -> None:
    """Refuse sums of so many products that may come to more than an int32.

    Raises
    ------
    OpRefused
        With the number of products.
    """
    if largest > MOST:
        raise read.refuse(
            f"its sums of {products:,} products may reach {largest:,}, more than an int32", SPLIT
        )
