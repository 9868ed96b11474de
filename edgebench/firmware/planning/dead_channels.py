"""Remove channels that change nothing: exactly, never an output byte.

A channel is dead if no output depends on it: whoever reads it has only zeros for it, or it is the
same in every inference, and what it adds to each sum goes into the reader's bias. Quantized models
hold many: of MLPerf Tiny's vww half of all multiplications are of such channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgebench.firmware.layers import (
    OFFSET,
    Conv,
    Dense,
    Layer,
    Network,
    Weighted,
)
from edgebench.firmware.planning.bounds import (
    DEPTHWISE,
    Bounds,
    bounds_of,
    reaches_outside,
    weights_by_channel,
)
from edgebench.firmware.planning.shrink import Kept, bounds_for, with_channels


@dataclass(frozen=True)
class _Context:
    """A network, what its channels can be, and which were found to stay."""

    network: Network
    bounds: Mapping[int, Bounds]
    kept: dict[int, Kept]

    def channels(self, tensor: int) -> int:
        """Return the size of a tensor's last axis."""
        shape = self.network.tensors[tensor].shape
        return shape[-1] if shape else 1


def without_dead_channels(network: Network, multiple: int = 1) -> Network:
    """Return a network without channels that no output depends on.

    Parameters
    ----------
    multiple
        Of a depthwise convolution as many channels stay as make a multiple of this, if there were
        before: its kernel takes so many at a time.
    """
    context = _Context(network, bounds_of(network), {})
    for tensor in _backwards(network):
        context.kept[tensor] = _kept(context, tensor, multiple)
    if all(each.all() for each in context.kept.values()):
        return network
    return with_channels(network, context.bounds, context.kept)


def _backwards(network: Network) -> Sequence[int]:
    """Return the activations, each behind all that are computed from it."""
    return list(dict.fromkeys(layer.output for layer in reversed(network.layers)))


def _kept(context: _Context, tensor: int, multiple: int) -> Kept:
    """Return which channels of an activation stay; those of its readers are known."""
    network, channels = context.network, context.channels(tensor)
    everything = np.ones(channels, bool)
    makers = [layer for layer in network.layers if layer.output == tensor]
    readers = [layer for layer in network.layers if tensor in layer.inputs]
    if tensor in network.output_numbers or len(makers) != 1 or not readers:
        return everything
    if not _can_shrink(context, makers[0]):
        return everything
    needed = np.zeros(channels, bool)
    for reader in readers:
        rule = _NEEDED.get(reader.function)
        found = rule(context, reader) if rule is not None else None
        if found is None or len(found) != channels:
            return everything
        needed |= found
    return _filled_up(needed, multiple)


def _filled_up(needed: Kept, multiple: int) -> Kept:
    """Return needed channels, and so many others that their number is a multiple; never none."""
    size = len(needed)
    step = multiple if size % multiple == 0 else 1
    wanted = max(-(-int(needed.sum()) // step) * step, step)
    kept = needed.copy()
    kept[np.flatnonzero(~needed)[: wanted - int(needed.sum())]] = True
    return kept


def _can_shrink(context: _Context, maker: Layer) -> bool:
    """Whether a layer can compute a part of its channels."""
    kind = maker.kind
    if maker.function.endswith(OFFSET):
        return False  # what follows knows the functions for weights without a zero point
    if isinstance(kind, Conv | Dense) and not isinstance(kind.weighted, Weighted):
        return False
    if maker.function in _PASSES_ON:
        return _can_shrink_source(context, maker)
    if isinstance(kind, Conv):
        return kind.depth == kind.input.channels
    return isinstance(kind, Dense) and kind.outputs == context.channels(maker.output)


def _can_shrink_source(context: _Context, reader: Layer) -> bool:
    """Whether the activation whose channels a layer passes on can shrink for that layer alone."""
    network = context.network
    source = reader.inputs[0] if reader.inputs else -1
    makers = [layer for layer in network.layers if layer.output == source]
    readers = [layer for layer in network.layers if source in layer.inputs]
    return (
        context.channels(source) == context.channels(reader.output)
        and len(makers) == len(readers) == 1
        and source not in network.output_numbers
        and _can_shrink(context, makers[0])
    )


def _needed_by_sums(context: _Context, reader: Layer) -> Kept | None:
    """Return the channels that some output that stays depends on, and not only by a constant."""
    kind = reader.kind
    if not isinstance(kind.weighted, Weighted):
        return None
    if isinstance(kind, Conv) and kind.depth != kind.input.channels:
        return None
    weights = weights_by_channel(reader)[context.kept[reader.output]]
    is_read: Kept = np.any(weights, axis=(0, 1))
    bounds = bounds_for(context.bounds, reader, len(is_read))
    if bounds is None:
        return is_read
    adds_nothing = bounds.low == kind.weighted.input_zero_point
    is_inside = isinstance(kind, Dense) or not reaches_outside(kind.window, kind.input, kind.output)
    is_foldable = bounds.is_constant & (adds_nothing | is_inside)
    if not _fits_with_any(reader, bounds, is_foldable):
        return is_read
    needed: Kept = is_read & ~is_foldable
    return needed


def _needed_by_channel(context: _Context, reader: Layer) -> Kept | None:
    """Return what is needed of the output, channel by channel."""
    return context.kept[reader.output]


_NEEDED: dict[str, Callable[[_Context, Layer], Kept | None]] = {
    "conv_2d": _needed_by_sums,
    "fully_connected": _needed_by_sums,
    DEPTHWISE: _needed_by_channel,
    "average_pool_2d": _needed_by_channel,
    "max_pool_2d": _needed_by_channel,
    "": _needed_by_channel,
}
_PASSES_ON = frozenset({DEPTHWISE, "average_pool_2d", "max_pool_2d", ""})
"""Functions that compute a channel of the output from that channel of the input."""


def _fits_with_any(reader: Layer, bounds: Bounds, channels: Kept) -> bool:
    """Whether every bias fits an int32 with what any of these channels add."""
    weighted = reader.kind.weighted
    weights = np.abs(weights_by_channel(reader).astype(np.int64)).sum(axis=1)
    steps = np.where(channels, np.abs(bounds.low - weighted.input_zero_point), 0)
    bias = np.zeros(len(weights), np.int64) if weighted.bias is None else weighted.bias
    return bool((np.abs(bias.astype(np.int64)) + weights @ steps).max() < 1 << 31)
