"""Layers for processors with Arm's DSP instructions: weights packed, zero points in the biases.

The structs are those of ``firmware_host/kernels_dsp/kernels_dsp.h``. A layer stays as it is, for
the portable kernel, where the fast requantization can't be proved to give the same numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import LIMITS, scaled
from edgebench.firmware.layers import (
    RAISED,
    Add,
    Conv,
    Dense,
    Kind,
    Layer,
    Network,
    Range,
    Shape,
    Weighted,
    Window,
)

SUM_LIMIT = 1 << 30
MOST_SHIFT = 22
"""An output's zero point, shifted left by so much, stays far from an int32's end."""
MOST_DEPTHWISE_TAPS = 25
GROUP = 4
TAPS = 8
"""The inner loops take so many weights of a channel at a time."""


@dataclass(frozen=True)
class Scale:
    """A channel's requantization: ``struct dsp_scale``."""

    multiplier: int
    offset: int
    shift: int


@dataclass(frozen=True)
class Geometry:
    """A convolution's shapes: ``struct geometry``."""

    input: Shape
    output: Shape
    window: Window
    input_zero_point: int


def geometry_of(kind: Conv) -> Geometry:
    """Return a convolution's."""
    return Geometry(kind.input, kind.output, kind.window, kind.weighted.input_zero_point)


@dataclass(frozen=True)
class DspConv:
    """``struct dsp_conv``; the weights are int16 already where speed counts more than flash."""

    weights: NDArray[Any]
    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    geometry: Geometry
    taps: int
    is_wide: bool
    range: Range

    @property
    def scratch_bytes(self) -> int:
        """Four columns of int16 and one of int8."""
        return 9 * rounded_up(self.taps, TAPS)


@dataclass(frozen=True)
class DspDepthwise:
    """``struct dsp_depthwise``."""

    weights: NDArray[np.int32]
    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    geometry: Geometry
    range: Range

    @property
    def scratch_bytes(self) -> int:
        """A pixel of the input's zero point."""
        return self.geometry.output.channels


@dataclass(frozen=True)
class DspDense:
    """``struct dsp_dense``."""

    weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    inputs: int
    outputs: int
    range: Range

    @property
    def scratch_bytes(self) -> int:
        """The input as int16."""
        return 2 * rounded_up(self.inputs, TAPS)


@dataclass(frozen=True)
class DspAdd:
    """``struct dsp_add``: each input's contribution to the sum, by its 256 values."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    scale: Scale
    count: int
    range: Range


DspKind = DspConv | DspDepthwise | DspDense | DspAdd


def for_dsp(network: Network, *, wide: bool = False) -> Network:
    """Return a network whose layers use the DSP kernels where they can.

    Parameters
    ----------
    wide
        Keep the weights of convolutions as int16: twice the flash, an instruction in seven less.
    """
    layers = tuple(_converted(layer, wide) for layer in network.layers)
    return dataclasses.replace(network, layers=layers)


def _converted(layer: Layer, wide: bool) -> Layer:
    rule = _RULES.get(layer.function)
    kind = rule(layer.kind) if rule is not None else None
    if kind is None:
        return layer
    if wide and isinstance(kind, DspConv):
        kind = dataclasses.replace(kind, weights=widened(kind.weights), is_wide=True)
    return dataclasses.replace(layer, function=f"dsp_{layer.function}", kind=kind)


def scales_of(weighted: Weighted, weights: NDArray[Any]) -> tuple[Scale, ...] | None:
    """Return every channel's fast requantization; None where one can't be proved.

    Parameters
    ----------
    weights
        Shape (channels, weights of one channel).
    """
    bias = folded_bias(weighted, weights)
    largest = np.abs(bias) + 128 * np.abs(weights.astype(np.int64)).sum(axis=1)
    shifts = -weighted.shifts.astype(int)
    if largest.max() >= SUM_LIMIT or shifts.min() < 1 or shifts.max() > MOST_SHIFT:
        return None
    return tuple(
        Scale(int(value), (1 << (shift - 1)) + (weighted.output_zero_point << shift), shift)
        for value, shift in zip(weighted.multipliers, map(int, shifts), strict=True)
    )


def folded_bias(weighted: Weighted, weights: NDArray[Any]) -> NDArray[np.int64]:
    """Return biases that hold the input's zero point: sums are then of the stored inputs."""
    bias = np.zeros(len(weights), np.int64) if weighted.bias is None else weighted.bias
    sums: NDArray[np.int64] = weights.astype(np.int64).sum(axis=1)
    return bias.astype(np.int64) - weighted.input_zero_point * sums


def _conv(kind: Kind) -> DspKind | None:
    if not isinstance(kind, Conv) or not isinstance(kind.weighted, Weighted):
        return None
    if kind.depth != kind.input.channels:
        return None
    weights = kind.weighted.weights.reshape(kind.output.channels, -1)
    scales = scales_of(kind.weighted, weights)
    if scales is None:
        return None
    return DspConv(
        interleaved(weights, 2),
        _padded(folded_bias(kind.weighted, weights), 2),
        scales,
        geometry_of(kind),
        weights.shape[1],
        False,
        kind.weighted.output,
    )


def _depthwise(kind: Kind) -> DspKind | None:
    if not isinstance(kind, Conv) or not isinstance(kind.weighted, Weighted):
        return None
    channels = kind.output.channels
    taps = kind.window.height * kind.window.width
    weights = kind.weighted.weights.reshape(taps, channels).T
    scales = scales_of(kind.weighted, weights)
    plain = kind.input.channels == channels and channels % GROUP == 0
    if scales is None or not plain or taps > MOST_DEPTHWISE_TAPS:
        return None
    # Of four channels at a time, a tap in turn: pairs of int16, channels 0 and 2, then 1 and 3.
    groups = weights.reshape(-1, GROUP, taps)[:, [0, 2, 1, 3]].transpose(0, 2, 1)
    pairs = np.ascontiguousarray(groups.astype("<i2")).reshape(-1).view("<i4")
    bias = folded_bias(kind.weighted, weights).astype(np.int32)
    return DspDepthwise(
        pairs.astype(np.int32),
        bias,
        scales,
        geometry_of(kind),
        kind.weighted.output,
    )


def _dense(kind: Kind) -> DspKind | None:
    if not isinstance(kind, Dense) or not isinstance(kind.weighted, Weighted) or kind.rows != 1:
        return None
    weights = kind.weighted.weights.reshape(kind.outputs, kind.inputs)
    scales = scales_of(kind.weighted, weights)
    if scales is None:
        return None
    bias = _padded(folded_bias(kind.weighted, weights), GROUP)
    scales += (Scale(0, 0, 0),) * (len(bias) - len(scales))
    return DspDense(
        interleaved(weights, GROUP), bias, scales, kind.inputs, kind.outputs, kind.weighted.output
    )


def _add(kind: Kind) -> DspKind | None:
    if not isinstance(kind, Add):
        return None
    loops, shift = kind.loops, -kind.output_multiplier.shift
    plain = loops.counts[:3] == (1, 1, 1) and loops.left_steps[3] == loops.right_steps[3] == 1
    if not plain or not 1 <= shift <= MOST_SHIFT:
        return None
    stored = range(LIMITS["INT8"][0], LIMITS["INT8"][1] + 1)
    left, right = (
        np.array([scaled((each - zero) << RAISED, multiplier) for each in stored], np.int32)
        for zero, multiplier in zip(kind.zero_points, kind.multipliers, strict=True)
    )
    if int(np.abs(left).max()) + int(np.abs(right).max()) >= SUM_LIMIT:
        return None
    scale = Scale(
        kind.output_multiplier.value, (1 << (shift - 1)) + (kind.output_zero_point << shift), shift
    )
    return DspAdd(left, right, scale, loops.counts[3], kind.output)


_RULES: dict[str, Callable[[Kind], DspKind | None]] = {
    "add": _add,
    "conv_2d": _conv,
    "depthwise_conv_2d": _depthwise,
    "fully_connected": _dense,
}


def interleaved(weights: NDArray[np.int8], together: int) -> NDArray[np.int8]:
    """Return the weights of `together` channels at a time, four of each in turn; zeros fill up."""
    channels, taps = weights.shape
    filled = np.zeros((rounded_up(channels, together), rounded_up(taps, TAPS)), np.int8)
    filled[:channels, :taps] = weights
    blocks = filled.reshape(-1, together, filled.shape[1] // GROUP, GROUP)
    return np.ascontiguousarray(blocks.transpose(0, 2, 1, 3)).reshape(-1)


def widened(packed: NDArray[np.int8]) -> NDArray[np.int16]:
    """Return the weights of `interleaved` pairs as the kernels use them: int16, taps 0 and 2 of
    each channel, then taps 1 and 3.
    """
    taps = packed.reshape(-1, 2, GROUP)  # of two channels in turn
    pairs = taps[:, :, [0, 2, 1, 3]].reshape(-1, 2, 2, 2)
    return np.ascontiguousarray(pairs.transpose(0, 2, 1, 3)).reshape(-1).astype(np.int16)


def _padded(bias: NDArray[np.int64], together: int) -> NDArray[np.int32]:
    filled = np.zeros(rounded_up(len(bias), together), np.int32)
    filled[: len(bias)] = bias
    return filled


def rounded_up(value: int, multiple: int) -> int:
    """Return the next multiple."""
    return -(-value // multiple) * multiple
