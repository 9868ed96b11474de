"""Layers for Helium, Arm's vector instructions: the structs of ``eb_kernels_mve.h``.

The conditions are those of the DSP kernels; where Helium's kernel has one more,
the layer takes the DSP kernel, which those processors have as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.engines import dsp
from edgebench.firmware.engines.candidate import (
    Geometry,
    conv_candidate,
    dense_candidate,
    depthwise_candidate,
    geometry_of,
    interleaved,
    rounded_up,
)
from edgebench.firmware.engines.exact import Packed, layers_of
from edgebench.firmware.engines.requantize import NOTHING, Requantization
from edgebench.firmware.layers import Kind, Layer, Network, Range, Weighted

TAPS = 16
"""A vector's bytes."""
CHANNELS = 4
DEPTHWISE_CHANNELS = 8
IN_TURN = (0, 2, 4, 6, 1, 3, 5, 7)
"""A product of bytes is taken of the even lanes, then of the odd ones."""


@dataclass(frozen=True)
class Outputs:
    """``struct eb_mve_outputs``."""

    bias: NDArray[np.int32]
    multipliers: NDArray[np.int32]
    offsets: NDArray[np.int32]
    shifts: NDArray[np.int32]
    range: Range
    channels: int


@dataclass(frozen=True)
class MveConv:
    """``struct eb_mve_conv``."""

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
    """``struct eb_mve_depthwise``."""

    weights: NDArray[np.int8]
    outputs: Outputs
    geometry: Geometry

    @property
    def scratch_bytes(self) -> int:
        """A pixel of the input's zero point."""
        return self.geometry.output.channels


@dataclass(frozen=True)
class MveDense:
    """``struct eb_mve_dense``."""

    weights: NDArray[np.int8]
    outputs: Outputs
    inputs: int

    @property
    def scratch_bytes(self) -> int:
        """The input, filled up."""
        return rounded_up(self.inputs, TAPS)


def for_mve(network: Network) -> Network:
    """Return a network whose layers use Helium's kernels where they can, else the DSP ones."""
    layers: list[Layer] = []
    for layer in network.layers:
        rule = _RULES.get(layer.function)
        packed = rule(layer.kind) if rule is not None and layer.times == 1 else None
        layers += (layer,) if packed is None else layers_of(layer, "mve_", packed)
    return dsp.for_dsp(dataclasses.replace(network, layers=tuple(layers)))


def _conv(kind: Kind) -> Packed | None:
    layer = conv_candidate(kind)
    if layer is None:
        return None
    window = layer.kind.window
    strides = (window.height, window.width, window.stride_height, window.stride_width)
    is_direct = strides == (1, 1, 1, 1) and layer.kind.depth % TAPS == 0
    conv = MveConv(
        _interleaved(layer.weights),
        _outputs(layer.weighted, layer.found),
        geometry_of(layer.kind),
        layer.weights.shape[1],
        is_direct,
    )
    return layer.packed(conv)


def _depthwise(kind: Kind) -> Packed | None:
    layer = depthwise_candidate(kind, DEPTHWISE_CHANNELS)
    if layer is None:
        return None
    channels, taps = layer.weights.shape
    order = np.arange(channels).reshape(-1, DEPTHWISE_CHANNELS)[:, IN_TURN].reshape(-1)
    groups = layer.weights.reshape(-1, DEPTHWISE_CHANNELS, taps).transpose(0, 2, 1)
    weights = np.ascontiguousarray(groups).reshape(-1)
    outputs = _outputs(layer.weighted, layer.found, order)
    return layer.packed(MveDepthwise(weights, outputs, geometry_of(layer.kind)))


def _dense(kind: Kind) -> Packed | None:
    layer = dense_candidate(kind)
    if layer is None:
        return None
    outputs = _outputs(layer.weighted, layer.found)
    return layer.packed(MveDense(_interleaved(layer.weights), outputs, layer.kind.inputs))


_RULES: dict[str, Callable[[Kind], Packed | None]] = {
    "conv_2d": _conv,
    "depthwise_conv_2d": _depthwise,
    "fully_connected": _dense,
}


def _outputs(
    weighted: Weighted, found: Requantization, order: NDArray[np.intp] | None = None
) -> Outputs:
    """Return the requantization of all channels in columns."""
    channels = len(found.scales)
    filled = [*found.scales, *[NOTHING] * (rounded_up(channels, CHANNELS) - channels)]
    bias = np.zeros(len(filled), np.int32)
    bias[:channels] = found.bias
    chosen = np.arange(len(filled)) if order is None else order
    columns = (
        np.array([getattr(each, name) for each in filled], np.int32)[chosen]
        for name in ("multiplier", "offset", "shift")
    )
    multipliers, offsets, shifts = columns
    return Outputs(bias[chosen], multipliers, offsets, -shifts, weighted.output, channels)


def _interleaved(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    return interleaved(weights, CHANNELS, TAPS, TAPS)
