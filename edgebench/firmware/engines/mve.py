"""Layers for Helium, Arm's vector instructions: the structs of ``kernels_mve.h``.

The conditions are those of `edgebench.firmware.engines.dsp`; where Helium's kernel has one more,
the layer takes the DSP kernel, which those processors have as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.engines import dsp
from edgebench.firmware.engines.dsp import Geometry, Scale, geometry_of, rounded_up
from edgebench.firmware.layers import Conv, Dense, Kind, Network, Range, Weighted

TAPS = 16
"""A vector's bytes."""
CHANNELS = 4
DEPTHWISE_CHANNELS = 8
IN_TURN = (0, 2, 4, 6, 1, 3, 5, 7)
"""A product of bytes is taken of the even lanes, then of the odd ones."""


@dataclass(frozen=True)
class Outputs:
    """``struct mve_outputs``."""

    bias: NDArray[np.int32]
    multipliers: NDArray[np.int32]
    offsets: NDArray[np.int32]
    shifts: NDArray[np.int32]
    range: Range
    channels: int


@dataclass(frozen=True)
class MveConv:
    """``struct mve_conv``."""

    weights: NDArray[np.int8]
    outputs: Outputs
    geometry: Geometry
    taps: int
    is_direct: bool

    @property
    def scratch_bytes(self) -> int:
        """A column of int8, where the input itself is not one."""
        return 0 if self.is_direct else rounded_up(self.taps, TAPS)


@dataclass(frozen=True)
class MveDepthwise:
    """``struct mve_depthwise``."""

    weights: NDArray[np.int8]
    outputs: Outputs
    geometry: Geometry

    @property
    def scratch_bytes(self) -> int:
        """A pixel of the input's zero point."""
        return self.geometry.output.channels


@dataclass(frozen=True)
class MveDense:
    """``struct mve_dense``."""

    weights: NDArray[np.int8]
    outputs: Outputs
    inputs: int

    @property
    def scratch_bytes(self) -> int:
        """The input, filled up."""
        return rounded_up(self.inputs, TAPS)


MveKind = MveConv | MveDepthwise | MveDense


def for_mve(network: Network) -> Network:
    """Return a network whose layers use Helium's kernels where they can, else the DSP ones."""
    layers = []
    for layer in network.layers:
        rule = _RULES.get(layer.function)
        kind = rule(layer.kind) if rule is not None else None
        function = f"mve_{layer.function}"
        layers.append(
            layer if kind is None else dataclasses.replace(layer, function=function, kind=kind)
        )
    return dsp.for_dsp(dataclasses.replace(network, layers=tuple(layers)))


def _conv(kind: Kind) -> MveKind | None:
    if not isinstance(kind, Conv) or not isinstance(kind.weighted, Weighted):
        return None
    if kind.depth != kind.input.channels:
        return None
    weights = kind.weighted.weights.reshape(kind.output.channels, -1)
    outputs = _outputs(kind.weighted, weights)
    window = kind.window
    strides = (window.height, window.width, window.stride_height, window.stride_width)
    is_direct = strides == (1, 1, 1, 1) and kind.depth % TAPS == 0
    if outputs is None:
        return None
    return MveConv(_packed(weights), outputs, geometry_of(kind), weights.shape[1], is_direct)


def _depthwise(kind: Kind) -> MveKind | None:
    if not isinstance(kind, Conv) or not isinstance(kind.weighted, Weighted):
        return None
    channels = kind.output.channels
    taps = kind.window.height * kind.window.width
    if (
        kind.input.channels != channels
        or channels % DEPTHWISE_CHANNELS
        or taps > dsp.MOST_DEPTHWISE_TAPS
    ):
        return None
    weights = kind.weighted.weights.reshape(taps, channels).T
    order = np.arange(channels).reshape(-1, DEPTHWISE_CHANNELS)[:, IN_TURN].reshape(-1)
    outputs = _outputs(kind.weighted, weights, order)
    groups = weights.reshape(-1, DEPTHWISE_CHANNELS, taps).transpose(0, 2, 1)
    packed = np.ascontiguousarray(groups).reshape(-1)
    if outputs is None:
        return None
    return MveDepthwise(packed, outputs, geometry_of(kind))


def _dense(kind: Kind) -> MveKind | None:
    if not isinstance(kind, Dense) or not isinstance(kind.weighted, Weighted) or kind.rows != 1:
        return None
    weights = kind.weighted.weights.reshape(kind.outputs, kind.inputs)
    outputs = _outputs(kind.weighted, weights)
    if outputs is None:
        return None
    return MveDense(_packed(weights), outputs, kind.inputs)


_RULES: dict[str, Callable[[Kind], MveKind | None]] = {
    "conv_2d": _conv,
    "depthwise_conv_2d": _depthwise,
    "fully_connected": _dense,
}


def _outputs(
    weighted: Weighted, weights: NDArray[np.int8], order: NDArray[np.intp] | None = None
) -> Outputs | None:
    """Return the requantization of all channels; None where it can't be proved."""
    scales = dsp.scales_of(weighted, weights)
    if scales is None:
        return None
    channels = len(scales)
    filled = [*scales, *[Scale(0, 0, 0)] * (rounded_up(channels, CHANNELS) - channels)]
    bias = np.zeros(len(filled), np.int32)
    bias[:channels] = dsp.folded_bias(weighted, weights)
    chosen = np.arange(len(filled)) if order is None else order
    columns = (
        np.array([getattr(each, name) for each in filled], np.int32)[chosen]
        for name in ("multiplier", "offset", "shift")
    )
    multipliers, offsets, shifts = columns
    return Outputs(bias[chosen], multipliers, offsets, -shifts, weighted.output, channels)


def _packed(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the weights of four channels at a time, sixteen of each in turn; zeros fill up."""
    channels, taps = weights.shape
    filled = np.zeros((rounded_up(channels, CHANNELS), rounded_up(taps, TAPS)), np.int8)
    filled[:channels, :taps] = weights
    blocks = filled.reshape(-1, CHANNELS, filled.shape[1] // TAPS, TAPS)
    return np.ascontiguousarray(blocks.transpose(0, 2, 1, 3)).reshape(-1)
