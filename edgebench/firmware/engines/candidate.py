"""Layers that a fast kernel can take: their shape fits, and most channels are proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.engines.exact import Packed, some_channels
from edgebench.firmware.engines.requantize import Requantization, requantization
from edgebench.firmware.layers import Conv, Dense, Kind, Shape, Weighted, Weighted16, Window

MOST_DEPTHWISE_TAPS = 25
K = TypeVar("K", Conv, Dense)


@dataclass(frozen=True)
class Candidate(Generic[K]):
    """A layer with int8 weights.

    Attributes
    ----------
    weights
        Shape (channels, weights of one channel).
    found
        How its sums become outputs.
    """

    kind: K
    weighted: Weighted
    weights: NDArray[np.int8]
    found: Requantization

    def packed(self, fast: Any) -> Packed:
        """Return the fast kernel's struct, with the channels that it must not compute."""
        return Packed(fast, some_channels(self.kind, self.weighted, self.weights, self.found.exact))


@dataclass(frozen=True)
class Geometry:
    """A convolution's shapes: ``struct eb_geometry``."""

    input: Shape
    output: Shape
    window: Window
    input_zero_point: int


def geometry_of(kind: Conv) -> Geometry:
    """Return a convolution's."""
    return Geometry(kind.input, kind.output, kind.window, kind.weighted.input_zero_point)


def conv_candidate(kind: Kind) -> Candidate[Conv] | None:
    """Return a convolution without groups."""
    if not isinstance(kind, Conv) or not _is_plain(kind.weighted):
        return None
    if kind.depth != kind.input.channels:
        return None
    weights = kind.weighted.weights.reshape(kind.output.channels, -1)
    return _worthwhile(kind, kind.weighted, weights)


def depthwise_candidate(kind: Kind, together: int) -> Candidate[Conv] | None:
    """Return a depthwise convolution whose kernel takes so many channels at a time."""
    if not isinstance(kind, Conv) or not _is_plain(kind.weighted):
        return None
    channels = kind.output.channels
    taps = kind.window.height * kind.window.width
    if kind.input.channels != channels or channels % together or taps > MOST_DEPTHWISE_TAPS:
        return None
    return _worthwhile(kind, kind.weighted, kind.weighted.weights.reshape(taps, channels).T)


def dense_candidate(kind: Kind) -> Candidate[Dense] | None:
    """Return a fully connected layer of one row."""
    if not isinstance(kind, Dense) or not _is_plain(kind.weighted) or kind.rows != 1:
        return None
    weights = kind.weighted.weights.reshape(kind.outputs, kind.inputs)
    return _worthwhile(kind, kind.weighted, weights)


def _is_plain(weighted: Weighted | Weighted16) -> TypeGuard[Weighted]:
    """Whether it is of int8, and its weights are differences from 0."""
    return isinstance(weighted, Weighted) and not weighted.weights_zero_point


def _worthwhile(kind: K, weighted: Weighted, weights: NDArray[np.int8]) -> Candidate[K] | None:
    found = requantization(weighted, weights)
    return Candidate(kind, weighted, weights, found) if found.is_worthwhile else None


def interleaved(weights: NDArray[np.int8], together: int, run: int, taps: int) -> NDArray[np.int8]:
    """Return the weights of ``together`` channels at a time, ``run`` of each in turn.

    Zeros fill up the channels, and the weights of each to a multiple of ``taps``.
    """
    channels, count = weights.shape
    filled = np.zeros((rounded_up(channels, together), rounded_up(count, taps)), np.int8)
    filled[:channels, :count] = weights
    blocks = filled.reshape(-1, together, filled.shape[1] // run, run)
    return np.ascontiguousarray(blocks.transpose(0, 2, 1, 3)).reshape(-1)


def rounded_up(value: int, multiple: int) -> int:
    """Return the next multiple."""
    return -(-value // multiple) * multiple
