"""Rebuild a network with some of its channels, the constant ones folded into biases."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.layers import Conv, Dense, Layer, Network, Pool, Shape
from edgebench.firmware.planning.bounds import DEPTHWISE, Bounds, weights_by_channel
from edgebench.models.tflite.tensors import Tensor

Kept = NDArray[np.bool_]
"""Which channels of an activation stay."""


def with_channels(
    network: Network, bounds: Mapping[int, Bounds], kept: Mapping[int, Kept]
) -> Network:
    """Return a network whose activations have only some of their channels.

    Parameters
    ----------
    bounds
        By tensor number: a channel that goes and is constant is folded into its reader's bias.
    kept
        By the number of each tensor that a layer computes.
    """
    layers = tuple(_smaller(layer, bounds, kept) for layer in network.layers)
    tensors = {
        index: _smaller_tensor(tensor, kept.get(index)) for index, tensor in network.tensors.items()
    }
    return dataclasses.replace(network, layers=layers, tensors=tensors)


def bounds_for(bounds: Mapping[int, Bounds], reader: Layer, channels: int) -> Bounds | None:
    """Return the bounds of what a layer reads, if they are of so many channels."""
    found = bounds.get(reader.inputs[0])
    return found if found is not None and len(found.low) == channels else None


def _folded(reader: Layer, bounds: Bounds, channels: Kept) -> NDArray[np.int64]:
    """Return the biases of a layer with what constant channels add to each sum."""
    weighted = reader.kind.weighted
    weights = weights_by_channel(reader).astype(np.int64).sum(axis=1)
    steps = np.where(channels, bounds.low - weighted.input_zero_point, 0)
    bias = np.zeros(len(weights), np.int64) if weighted.bias is None else weighted.bias
    total: NDArray[np.int64] = bias.astype(np.int64) + weights @ steps
    return total


def _smaller(layer: Layer, bounds: Mapping[int, Bounds], kept: Mapping[int, Kept]) -> Layer:
    kind = layer.kind
    outputs = kept[layer.output]
    inputs = kept.get(layer.inputs[0]) if layer.inputs else None
    is_whole = outputs.all() and (inputs is None or inputs.all())
    if is_whole or isinstance(kind, Alias):
        return layer
    if isinstance(kind, Pool):
        return dataclasses.replace(
            layer,
            kind=dataclasses.replace(
                kind, input=_shape(kind.input, outputs), output=_shape(kind.output, outputs)
            ),
        )
    if isinstance(kind, Conv | Dense):
        return dataclasses.replace(layer, kind=_smaller_sums(layer, bounds, inputs, outputs))
    return layer


def _smaller_sums(
    layer: Layer, all_bounds: Mapping[int, Bounds], inputs: Kept | None, outputs: Kept
) -> Conv | Dense:
    kind: Conv | Dense = layer.kind
    weighted = kind.weighted
    weights = weights_by_channel(layer)
    if inputs is None:
        inputs = np.ones(weights.shape[2], bool)
    is_depthwise = layer.function == DEPTHWISE
    bias = weighted.bias
    if not is_depthwise and not inputs.all():
        bounds = bounds_for(all_bounds, layer, len(inputs))
        if bounds is not None:
            bias = _folded(layer, bounds, bounds.is_constant & ~inputs).astype(np.int32)
        weights = weights[:, :, inputs]
    weights = weights[outputs]
    stored = weights.transpose(2, 1, 0) if is_depthwise else weights
    height, width = (1, 1) if isinstance(kind, Dense) else (kind.window.height, kind.window.width)
    count = int(outputs.sum())
    shape = (1, height, width, count) if is_depthwise else (count, height, width, -1)
    some: Any = dataclasses.replace(
        weighted,
        weights=np.ascontiguousarray(stored).reshape(shape),
        bias=None if bias is None else bias[outputs],
        multipliers=weighted.multipliers[outputs],
        shifts=weighted.shifts[outputs],
    )
    if isinstance(kind, Dense):
        some = dataclasses.replace(some, weights=some.weights.reshape(count, -1))
        return dataclasses.replace(kind, weighted=some, inputs=int(inputs.sum()), outputs=count)
    return dataclasses.replace(
        kind,
        weighted=some,
        input=_shape(kind.input, inputs),
        output=_shape(kind.output, outputs),
        depth=1 if is_depthwise else int(inputs.sum()),
    )


def _shape(shape: Shape, kept: Kept) -> Shape:
    return dataclasses.replace(shape, channels=int(kept.sum()))


def _smaller_tensor(tensor: Tensor, kept: Kept | None) -> Tensor:
    if kept is None or kept.all():
        return tensor
    return dataclasses.replace(tensor, shape=(*tensor.shape[:-1], int(kept.sum())))
