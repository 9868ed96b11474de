"""Structured pruning: whole channels are taken out, so that what is left is really smaller.

The channels of a convolution or dense layer can be chosen freely where everything between it and
the next layers that mix channels works on each channel by itself. Where they are added to others
(a residual connection), or are the model's output, all of them stay.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

Kept = NDArray[np.intp]
LEAST_CHANNELS = 4
_MIXING = (layers.Conv2D, layers.Dense)
_UNARY = (
    layers.BatchNormalization,
    layers.ReLU,
    layers.Activation,
    layers.Dropout,
    layers.AveragePooling2D,
    layers.GlobalAveragePooling2D,
    layers.MaxPooling2D,
    layers.ZeroPadding2D,
    layers.DepthwiseConv2D,
)


def pruned(model: Any, share: float) -> Any:
    """Return a model without the least important share of every layer's channels.

    A channel's importance is the L1 norm of its weights times the size of the scale of the batch
    normalization that follows (Li et al., 1608.08710; Liu et al., 1708.06519).

    Raises
    ------
    ValueError
        If the model has a layer that is not known here.
    """
    kept: dict[int, Kept] = {}
    made: dict[int, Any] = {}
    source = model.inputs[0]
    made[id(source)] = inputs = keras.Input(source.shape[1:], name=model.operations[0].name)
    kept[id(source)] = np.arange(source.shape[-1])
    weights: list[tuple[Any, list[NDArray[Any]]]] = []
    for layer in model.operations[1:]:
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        k_in = kept[id(sources[0])]
        k_out = _kept_of(layer, share, model) if isinstance(layer, _MIXING) else k_in
        if isinstance(layer, layers.Add) and any(
            len(kept[id(each)]) != each.shape[-1] for each in sources
        ):
            raise ValueError(f"{layer.name} adds channels that were pruned")
        before = [made[id(each)] for each in sources]
        if type(layer).__name__ == "Reshape" or type(layer).__name__ == "Flatten":
            result = keras.ops.reshape(before[0], (-1, len(k_in)))
        else:
            clone = _clone(layer, len(k_out))
            result = clone(before if len(before) > 1 else before[0])
            weights.append((clone, _cut(layer, k_in, k_out)))
        made[id(layer.output)], kept[id(layer.output)] = result, k_out
    small = keras.Model(inputs, made[id(model.outputs[0])], name=model.name)
    for layer, values in weights:
        layer.set_weights(values)
    return small


def _kept_of(layer: Any, share: float, model: Any) -> Kept:
    width = layer.output.shape[-1]
    if not _is_free(layer, model):
        return np.arange(width)
    count = max(min(width, LEAST_CHANNELS), round(width * (1 - share)))
    importance = np.abs(layer.get_weights()[0]).reshape(-1, width).sum(axis=0)
    follower = _consumers(layer, model)[0]
    if isinstance(follower, layers.BatchNormalization):
        importance *= np.abs(follower.gamma.numpy())
    return np.sort(np.argsort(-importance, kind="stable")[:count])


def _is_free(layer: Any, model: Any) -> bool:
    """Whether every path from a layer meets a mixing layer before anything that adds."""
    following = _consumers(layer, model)
    if not following:
        return False
    return all(
        (
            isinstance(each, layers.Conv2D | layers.Dense)
            and not isinstance(each, layers.DepthwiseConv2D)
        )
        or (_is_unary(each) and _is_free(each, model))
        for each in following
    )


def _is_unary(layer: Any) -> bool:
    return isinstance(layer, _UNARY) or type(layer).__name__ in ("Reshape", "Flatten")


def _consumers(layer: Any, model: Any) -> list[Any]:
    def reads(each: Any) -> bool:
        sources = each.input if isinstance(each.input, list) else [each.input]
        return any(source is layer.output for source in sources)

    return [each for each in model.operations[1:] if reads(each)]


def _clone(layer: Any, width: int) -> Any:
    config = layer.get_config()
    for key in ("filters", "units"):
        if key in config:
            config[key] = width
    return type(layer).from_config(config)


def _cut(layer: Any, k_in: Kept, k_out: Kept) -> list[NDArray[Any]]:
    """Return a layer's weights without the channels that are gone."""
    values = layer.get_weights()
    if isinstance(layer, layers.DepthwiseConv2D):
        return [values[0][:, :, k_in], *(each[k_in] for each in values[1:])]
    if isinstance(layer, _MIXING):
        kernel = values[0][..., k_in, :][..., k_out]
        return [kernel, *(each[k_out] for each in values[1:])]
    return [each[k_in] for each in values]
