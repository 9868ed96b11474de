"""Compute again, by the portable kernel, the channels that a fast kernel can't be proved for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.layers import (
    Conv,
    Dense,
    Layer,
    Shape,
    SomeChannels,
    Weighted,
    Window,
)

ONE_PIXEL = Window(1, 1, 1, 1, 1, 1, 0, 0)
FUNCTION = "conv_2d_some"


@dataclass(frozen=True)
class Packed:
    """A layer for a fast kernel, and another one for the channels that it leaves."""

    kind: Any
    again: SomeChannels | None = None


def layers_of(layer: Layer, prefix: str, packed: Packed) -> tuple[Layer, ...]:
    """Return the layer for the fast kernel, and behind it the one that computes some again."""
    fast = dataclasses.replace(layer, function=prefix + layer.function, kind=packed.kind)
    if packed.again is None:
        return (fast,)
    again = dataclasses.replace(layer, part=layer.part + 1, function=FUNCTION, kind=packed.again)
    return (fast, again)


def some_channels(
    kind: Conv | Dense, weighted: Weighted, weights: NDArray[np.int8], channels: tuple[int, ...]
) -> SomeChannels | None:
    """Return a layer of some channels of another; None for no channels.

    Parameters
    ----------
    weights
        Shape (channels, weights of one channel), in the order height, width, input channel.
    """
    if not channels:
        return None
    chosen = np.array(channels, np.int32)
    some = dataclasses.replace(
        weighted,
        weights=np.ascontiguousarray(weights[chosen]),
        bias=None if weighted.bias is None else weighted.bias[chosen],
        multipliers=weighted.multipliers[chosen],
        shifts=weighted.shifts[chosen],
    )
    if isinstance(kind, Dense):
        one, every = Shape(1, 1, kind.inputs), Shape(1, 1, kind.outputs)
        dense = Conv(some, one, every, ONE_PIXEL, kind.inputs)
        return SomeChannels(dense, chosen, len(chosen), is_depthwise=False)
    taps = kind.window.height * kind.window.width
    depth = weights.shape[1] // taps
    conv = dataclasses.replace(kind, weighted=some, depth=depth)
    return SomeChannels(conv, chosen, len(chosen), is_depthwise=depth < kind.input.channels)
