"""Bound what each channel of each activation can be, whatever the input is.

Sums of products are bounded term by term, and a larger sum never gives a smaller output. A channel
whose bounds meet is the same in every inference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.fixed_point import LIMITS, Multiplier, output_of
from edgebench.firmware.layers import Conv, Dense, Layer, Network, Pool, Shape, Weighted, Window

LOW, HIGH = LIMITS["INT8"]
DEPTHWISE = "depthwise_conv_2d"


@dataclass(frozen=True)
class Bounds:
    """The least and the largest stored value of each channel, both possible at most."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]

    @property
    def is_constant(self) -> NDArray[np.bool_]:
        """Which channels have one value."""
        found: NDArray[np.bool_] = self.low == self.high
        return found


def bounds_of(network: Network) -> dict[int, Bounds]:
    """Return bounds of the activations that have channels, by tensor number."""
    found: dict[int, Bounds] = {}
    for layer in network.layers:
        rule = _RULES.get(layer.function)
        if rule is not None:
            bounds = rule(layer, found)
            if bounds is not None:
                found[layer.output] = bounds
    return found


def weights_by_channel(layer: Layer) -> NDArray[np.int8]:
    """Return weights in the shape (output channels, taps, input channels)."""
    kind, weights = layer.kind, layer.kind.weighted.weights
    found: NDArray[np.int8]
    if isinstance(kind, Dense):
        found = weights.reshape(kind.outputs, 1, kind.inputs)
    elif layer.function == DEPTHWISE:
        found = weights.reshape(-1, kind.output.channels, 1).transpose(1, 0, 2)
    else:
        found = weights.reshape(kind.output.channels, -1, kind.depth)
    return found


def reaches_outside(window: Window, source: Shape, output: Shape) -> bool:
    """Whether a tap of some output lies outside the input."""
    return any(
        before > 0 or (outputs - 1) * stride - before + (taps - 1) * dilation >= size
        for before, outputs, stride, taps, dilation, size in (
            (
                window.pad_top,
                output.height,
                window.stride_height,
                window.height,
                window.dilation_height,
                source.height,
            ),
            (
                window.pad_left,
                output.width,
                window.stride_width,
                window.width,
                window.dilation_width,
                source.width,
            ),
        )
    )


def _anything(channels: int) -> Bounds:
    return Bounds(np.full(channels, LOW, np.int64), np.full(channels, HIGH, np.int64))


def _weighted(layer: Layer, found: Mapping[int, Bounds]) -> Bounds | None:
    kind = layer.kind
    weighted = kind.weighted
    if not isinstance(weighted, Weighted):
        return None
    weights = weights_by_channel(layer).astype(np.int64)
    channels = kind.inputs if isinstance(kind, Dense) else kind.input.channels
    source = found.get(layer.inputs[0])
    if source is None or len(source.low) != channels:
        source = _anything(channels)
    low, high = source.low - weighted.input_zero_point, source.high - weighted.input_zero_point
    if isinstance(kind, Conv) and reaches_outside(kind.window, kind.input, kind.output):
        low, high = np.minimum(low, 0), np.maximum(high, 0)  # the padding counts as the zero point
    low, high = _seen(layer, low), _seen(layer, high)
    sums = np.zeros(len(weights), np.int64) if weighted.bias is None else weighted.bias
    least = sums + np.minimum(weights * low, weights * high).sum(axis=(1, 2))
    most = sums + np.maximum(weights * low, weights * high).sum(axis=(1, 2))
    ends = [_outputs(weighted, *each) for each in enumerate(zip(least, most, strict=True))]
    return Bounds(*np.array(ends, np.int64).T)


def _seen(layer: Layer, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return values of input channels in the shape in which they meet the weights."""
    kind = layer.kind
    if isinstance(kind, Dense):
        return values
    if layer.function == DEPTHWISE:
        return np.repeat(values, kind.output.channels // kind.input.channels)[:, None, None]
    groups = kind.input.channels // kind.depth
    per_group = kind.output.channels // groups
    return np.repeat(values.reshape(groups, 1, kind.depth), per_group, axis=0)


def _outputs(weighted: Weighted, channel: int, sums: tuple[int, int]) -> tuple[int, int]:
    multiplier = Multiplier(int(weighted.multipliers[channel]), int(weighted.shifts[channel]))
    low, high = weighted.output.low, weighted.output.high
    least, most = (
        output_of(int(total), multiplier, weighted.output_zero_point, low, high) for total in sums
    )
    return (low, high) if least is None or most is None else (least, most)


def _pool(layer: Layer, found: Mapping[int, Bounds]) -> Bounds | None:
    kind = layer.kind
    source = found.get(layer.inputs[0])
    if not isinstance(kind, Pool) or source is None or len(source.low) != kind.input.channels:
        return None
    low, high = kind.range.low, kind.range.high
    return Bounds(np.clip(source.low, low, high), np.clip(source.high, low, high))


def _alias(layer: Layer, found: Mapping[int, Bounds]) -> Bounds | None:
    """Pass bounds on; whoever reads them compares the number of channels."""
    return found.get(layer.inputs[0]) if isinstance(layer.kind, Alias) else None


_RULES: dict[str, Callable[[Layer, Mapping[int, Bounds]], Bounds | None]] = {
    "conv_2d": _weighted,
    DEPTHWISE: _weighted,
    "fully_connected": _weighted,
    "average_pool_2d": _pool,
    "max_pool_2d": _pool,
    "": _alias,
}
