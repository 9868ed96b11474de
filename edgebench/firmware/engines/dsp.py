"""Layers for processors with Arm's DSP instructions: weights packed, zero points in the biases.

The structs are those of ``firmware_host/kernels_dsp/eb_kernels_dsp.h``. `requantize` proves each
channel; a layer stays as it is, for the portable kernel, where the fast one lacks its shape or most
of its channels can't be proved.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from edgebench.firmware.engines.requantize import NOTHING, Scale, fast_scale
from edgebench.firmware.fixed_point import LIMITS, scaled
from edgebench.firmware.layers import RAISED, Add, Kind, Layer, Network, Range

GROUP = 4
TAPS = 8
"""The inner loops take so many weights of a channel at a time."""
NO_LINES, ROWS, COLUMNS = range(3)
"""Which outputs of a depthwise layer are computed four at a time: ``EB_NO_LINES`` and so on."""
MOST_LINE_STRIDE = 2


@dataclass(frozen=True)
class DspConv:
    """``struct eb_dsp_conv``; the weights are int16 already where speed counts more than flash."""

    weights: NDArray[Any]
    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    geometry: Geometry
    taps: int
    is_wide: bool
    range: Range

    @property
    def scratch_bytes(self) -> int:
        """Three columns of int16 and one of int8."""
        return 7 * rounded_up(self.taps, TAPS)


@dataclass(frozen=True)
class DspDepthwise:
    """``struct eb_dsp_depthwise``."""

    weights: NDArray[np.int32]
    bias: NDArray[np.int32]
    scales: tuple[Scale, ...]
    geometry: Geometry
    lines: int
    range: Range

    @property
    def scratch_bytes(self) -> int:
        """Three lines of four channels as int16, and one of the input's zero point; of none, a
        pixel of it.
        """
        if self.lines == NO_LINES:
            return self.geometry.output.channels
        outputs, stride = line_of(self.geometry, self.lines)
        return 2 * 13 * (2 + stride * rounded_up(outputs, GROUP))


@dataclass(frozen=True)
class DspDense:
    """``struct eb_dsp_dense``."""

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
    """``struct eb_dsp_add``: each input's contribution to the sum, by its 256 values."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    scale: Scale
    count: int
    range: Range


def line_of(geometry: Geometry, lines: int) -> tuple[int, int]:
    """Return how many outputs a row or a column has, and the stride from one to the next."""
    if lines == ROWS:
        return geometry.output.width, geometry.window.stride_width
    return geometry.output.height, geometry.window.stride_height


def lines_of(geometry: Geometry, output: Range) -> int:
    """Return which outputs of a depthwise layer are computed four at a time."""
    window = geometry.window
    taps = (window.height, window.width, window.dilation_height, window.dilation_width)
    if taps != (3, 3, 1, 1) or (output.low, output.high) != LIMITS["INT8"]:
        return NO_LINES
    outputs = geometry.output.height * geometry.output.width
    steps: dict[int, int] = {}  # outputs, with those that a line's last step throws away
    for lines in (ROWS, COLUMNS):
        length, stride = line_of(geometry, lines)
        if stride <= MOST_LINE_STRIDE:
            steps[lines] = outputs // length * rounded_up(length, GROUP)
    return min(steps, key=lambda lines: steps[lines], default=NO_LINES)


def for_dsp(network: Network, *, wide: bool = False) -> Network:
    """Return a network whose layers use the DSP kernels where they can.

    Parameters
    ----------
    wide
        Keep the weights of convolutions as int16: twice the flash, an instruction in seven less.
    """
    layers = tuple(each for layer in network.layers for each in _converted(layer, wide))
    return dataclasses.replace(network, layers=layers)


def _converted(layer: Layer, wide: bool) -> tuple[Layer, ...]:
    rule = _RULES.get(layer.function)
    # The second sample of a batch may lie where a fast kernel can't read it.
    packed = rule(layer.kind) if rule is not None and layer.times == 1 else None
    if packed is None:
        return (layer,)
    if wide and isinstance(packed.kind, DspConv):
        kind = packed.kind
        kind = dataclasses.replace(kind, weights=widened(kind.weights), is_wide=True)
        packed = dataclasses.replace(packed, kind=kind)
    return layers_of(layer, "dsp_", packed)


def _conv(kind: Kind) -> Packed | None:
    layer = conv_candidate(kind)
    if layer is None:
        return None
    conv = DspConv(
        _interleaved(layer.weights, 2),
        _padded(layer.found.bias, 2),
        _padded_scales(layer.found.scales, 2),
        geometry_of(layer.kind),
        layer.weights.shape[1],
        False,
        layer.weighted.output,
    )
    return layer.packed(conv)


def _depthwise(kind: Kind) -> Packed | None:
    layer = depthwise_candidate(kind, GROUP)
    if layer is None:
        return None
    # Of four channels at a time, a tap in turn: pairs of int16, channels 0 and 2, then 1 and 3.
    taps = layer.weights.shape[1]
    groups = layer.weights.reshape(-1, GROUP, taps)[:, [0, 2, 1, 3]].transpose(0, 2, 1)
    pairs = np.ascontiguousarray(groups.astype("<i2")).reshape(-1).view("<i4")
    geometry = geometry_of(layer.kind)
    depthwise = DspDepthwise(
        pairs.astype(np.int32),
        layer.found.bias,
        layer.found.scales,
        geometry,
        lines_of(geometry, layer.weighted.output),
        layer.weighted.output,
    )
    return layer.packed(depthwise)


def _dense(kind: Kind) -> Packed | None:
    layer = dense_candidate(kind)
    if layer is None:
        return None
    dense = DspDense(
        _interleaved(layer.weights, GROUP),
        _padded(layer.found.bias, GROUP),
        _padded_scales(layer.found.scales, GROUP),
        layer.kind.inputs,
        layer.kind.outputs,
        layer.weighted.output,
    )
    return layer.packed(dense)


def _add(kind: Kind) -> Packed | None:
    if not isinstance(kind, Add):
        return None
    loops = kind.loops
    if loops.counts[:3] != (1, 1, 1) or not loops.left_steps[3] == loops.right_steps[3] == 1:
        return None
    stored = range(LIMITS["INT8"][0], LIMITS["INT8"][1] + 1)
    left, right = (
        np.array([scaled((each - zero) << RAISED, multiplier) for each in stored], np.int32)
        for zero, multiplier in zip(kind.zero_points, kind.multipliers, strict=True)
    )
    largest = int(np.abs(left).max()) + int(np.abs(right).max())
    scale = fast_scale(kind.output_multiplier, kind.output_zero_point, largest)
    if scale is None:
        return None
    return Packed(DspAdd(left, right, scale, loops.counts[3], kind.output))


_RULES: dict[str, Callable[[Kind], Packed | None]] = {
    "add": _add,
    "conv_2d": _conv,
    "depthwise_conv_2d": _depthwise,
    "fully_connected": _dense,
}


def _interleaved(weights: NDArray[np.int8], together: int) -> NDArray[np.int8]:
    return interleaved(weights, together, GROUP, TAPS)


def widened(packed: NDArray[np.int8]) -> NDArray[np.int16]:
    """Return the weights of `_interleaved` pairs as the kernels use them: int16, taps 0 and 2 of
    each channel, then taps 1 and 3.
    """
    taps = packed.reshape(-1, 2, GROUP)  # of two channels in turn
    pairs = taps[:, :, [0, 2, 1, 3]].reshape(-1, 2, 2, 2)
    return np.ascontiguousarray(pairs.transpose(0, 2, 1, 3)).reshape(-1).astype(np.int16)


def _padded(bias: NDArray[np.int32], together: int) -> NDArray[np.int32]:
    filled = np.zeros(rounded_up(len(bias), together), np.int32)
    filled[: len(bias)] = bias
    return filled


def _padded_scales(scales: tuple[Scale, ...], together: int) -> tuple[Scale, ...]:
    return scales + (NOTHING,) * (rounded_up(len(scales), together) - len(scales))
