"""Quantization-aware training, without wrappers that tie it to one version of Keras.

Batch normalization is folded into the weights first, as the converter would, so that what is
rounded in training is what will be rounded in the .tflite: weights symmetric per channel to int8,
activations per tensor to 8 bits over the range that calibration saw. Gradients go straight
through the rounding (Jacob et al., 1712.05877).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

_WEIGHTED = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)


def fold(model: Any) -> Any:
    """Return the same function without batch normalization and dropout."""
    made = {id(model.inputs[0]): keras.Input(model.inputs[0].shape[1:])}
    inputs = made[id(model.inputs[0])]
    normalization = {id(each.input): each for each in model.operations if _is_normalization(each)}
    weights: list[tuple[Any, list[NDArray[Any]]]] = []
    for layer in model.operations[1:]:
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        before = [made[id(each)] for each in sources]
        if isinstance(layer, layers.Dropout):
            result = before[0]
        elif _is_normalization(layer):
            result = before[0]  # it is in the weights of the layer before
        elif type(layer).__name__ in ("Reshape", "Flatten"):
            result = keras.ops.reshape(before[0], (-1, before[0].shape[-1]))
        else:
            config = layer.get_config()
            if isinstance(layer, _WEIGHTED):
                config["use_bias"] = True
            clone = type(layer).from_config(config)
            result = clone(before if len(before) > 1 else before[0])
            if isinstance(layer, _WEIGHTED):
                weights.append((clone, _folded(layer, normalization.get(id(layer.output)))))
        made[id(layer.output)] = result
    folded = keras.Model(inputs, made[id(model.outputs[0])], name=model.name)
    for layer, values in weights:
        layer.set_weights(values)
    return folded


def _is_normalization(layer: Any) -> bool:
    return isinstance(layer, layers.BatchNormalization)


def _folded(layer: Any, normalization: Any) -> list[NDArray[Any]]:
    kernel, *rest = layer.get_weights()
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    channels = kernel.shape[-2] if depthwise else kernel.shape[-1]
    bias = rest[0] if rest else np.zeros(channels, np.float32)
    if normalization is None:
        return [kernel, bias]
    gamma, beta, mean, variance = (np.asarray(each) for each in normalization.get_weights())
    factor = gamma / np.sqrt(variance + normalization.epsilon)
    spread = factor[:, None] if depthwise else factor
    return [kernel * spread, (bias - mean) * factor + beta]


class RoundedActivations(layers.Layer):
    """Rounds to 8 bits over a fixed range."""

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(**options)
        self._low, self._high = min(low, 0.0), max(high, low + 1e-6, 1e-6)

    def call(self, inputs: Any) -> Any:
        """Round."""
        return tf.quantization.fake_quant_with_min_max_args(inputs, self._low, self._high, 8)


def _rounded(kernel: Any, axis: int) -> Any:
    """Return weights as int8 per channel will have them; the gradient goes straight through."""
    other = [each for each in range(len(kernel.shape)) if each != axis]
    scale = tf.maximum(tf.reduce_max(tf.abs(kernel), axis=other, keepdims=True), 1e-9) / 127.0
    return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)


class RoundedConv2D(layers.Conv2D):
    """A convolution with weights that are rounded in the forward pass."""

    def call(self, inputs: Any) -> Any:
        """Convolve."""
        kernel = _rounded(self.kernel, 3)
        out = tf.nn.conv2d(inputs, kernel, list(self.strides), self.padding.upper()) + self.bias
        return self.activation(out)


class RoundedDepthwiseConv2D(layers.DepthwiseConv2D):
    """A depthwise convolution with weights that are rounded in the forward pass."""

    def call(self, inputs: Any) -> Any:
        """Convolve."""
        strides = [1, *self.strides, 1]
        kernel = _rounded(self.kernel, 2)
        out = tf.nn.depthwise_conv2d(inputs, kernel, strides, self.padding.upper()) + self.bias
        return self.activation(out)


class RoundedDense(layers.Dense):
    """A dense layer with weights that are rounded in the forward pass."""

    def call(self, inputs: Any) -> Any:
        """Multiply."""
        return self.activation(inputs @ _rounded(self.kernel, 1) + self.bias)


_ROUNDED: dict[type, Any] = {
    layers.Conv2D: RoundedConv2D,
    layers.DepthwiseConv2D: RoundedDepthwiseConv2D,
    layers.Dense: RoundedDense,
}


@dataclass(frozen=True)
class Aware:
    """A model that rounds in training, and the plain one that it came from."""

    model: Any
    folded: Any
    pairs: tuple[tuple[Any, Any], ...]

    def plain(self) -> Any:
        """Return the plain model with the weights that were trained."""
        for rounded, plain in self.pairs:
            plain.set_weights(rounded.get_weights())
        return self.folded


def train_aware(folded: Any, calibration: NDArray[np.float32]) -> Aware:
    """Return a copy of a folded model that rounds weights and activations.

    Parameters
    ----------
    calibration
        Shape (n, *input): samples that show the activations' ranges.
    """
    watched = keras.Model(folded.inputs, [layer.output for layer in folded.operations[1:]])
    seen = watched.predict(calibration, verbose=0)
    seen = seen if isinstance(seen, list) else [seen]
    ranges = [(float(each.min()), float(each.max())) for each in seen]
    source = folded.inputs[0]
    inputs = keras.Input(source.shape[1:])
    low, high = float(calibration.min()), float(calibration.max())
    made = {id(source): RoundedActivations(low, high)(inputs)}
    pairs = []
    following = {id(each.input): each for each in folded.operations[1:] if not _is_list(each.input)}
    for layer, (low, high) in zip(folded.operations[1:], ranges, strict=True):
        sources = layer.input if _is_list(layer.input) else [layer.input]
        before = [made[id(each)] for each in sources]
        if type(layer).__name__ in ("Reshape", "Flatten"):
            result = keras.ops.reshape(before[0], (-1, before[0].shape[-1]))
        else:
            kind = _ROUNDED.get(type(layer), type(layer))
            clone = kind.from_config(layer.get_config())
            result = clone(before if len(before) > 1 else before[0])
            if isinstance(layer, _WEIGHTED):
                pairs.append((clone, layer))
        # A ReLU is fused into the layer before it: what lies between is never rounded.
        fused = isinstance(following.get(id(layer.output)), layers.ReLU)
        if not fused and layer.output is not folded.outputs[0]:
            result = RoundedActivations(low, high)(result)
        made[id(layer.output)] = result
    model = keras.Model(inputs, made[id(folded.outputs[0])])
    for rounded, plain in pairs:
        rounded.set_weights(plain.get_weights())
    return Aware(model, folded, tuple(pairs))


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
