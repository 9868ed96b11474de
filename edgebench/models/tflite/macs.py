"""Multiply-accumulates of an op, counted from shapes.

A multiply-accumulate is one product added to a sum; additions of biases, activations and
poolings count nothing, as in MLPerf Tiny's model descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from edgebench.models.tflite.tensors import Tensor

Tensors = Sequence[Tensor]


def macs_of(op_name: str, inputs: Tensors, outputs: Tensors) -> int:
    """Return the multiply-accumulates of an op at the shapes in the file; 0 if it has none."""
    count = _RULES.get(op_name)
    return count(inputs, outputs) if count else 0


def _conv(inputs: Tensors, outputs: Tensors) -> int:
    # Weights are (out channels, height, width, in channels of the group).
    return outputs[0].elements * prod(inputs[1].shape[1:])


def _depthwise(inputs: Tensors, outputs: Tensors) -> int:
    # Weights are (1, height, width, channels).
    return outputs[0].elements * prod(inputs[1].shape[1:3])


def _transpose_conv(inputs: Tensors, outputs: Tensors) -> int:
    # Inputs are (output shape, weights, activations): every input value meets every weight.
    return inputs[2].elements * prod(inputs[1].shape[:3])


def _fully_connected(inputs: Tensors, outputs: Tensors) -> int:
    # Weights are (out, in).
    return outputs[0].elements * inputs[1].shape[-1]


def _batch_matmul(inputs: Tensors, outputs: Tensors) -> int:
    # adj_x is rare enough that the last dimension of the left side is taken as the inner one.
    return outputs[0].elements * inputs[0].shape[-1]


_RULES: dict[str, Callable[[Tensors, Tensors], int]] = {
    "CONV_2D": _conv,
    "CONV_3D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transpose_conv,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
}
