"""Multiply-accumulates of ONNX's ops, counted from shapes as for TensorFlow Lite's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from edgebench.models.tflite.tensors import Tensor

Tensors = Sequence[Tensor]


def macs_of(op_name: str, inputs: Tensors, outputs: Tensors) -> int:
    """Return the multiply-accumulates of an op; 0 if it has none, or its shapes are not known."""
    count = _RULES.get(op_name)
    try:
        return count(inputs, outputs) if count and outputs else 0
    except (IndexError, ZeroDivisionError):  # a shape that the file does not tell
        return 0


def _conv(place: int) -> Callable[[Tensors, Tensors], int]:
    # Weights are (out channels, in channels of the group, sizes of the kernel).
    return lambda inputs, outputs: outputs[0].elements * prod(_known(inputs[place])[1:])


def _conv_transpose(inputs: Tensors, outputs: Tensors) -> int:
    # Weights are (in channels, out channels of the group, sizes): each input meets them all.
    return inputs[0].elements * prod(_known(inputs[1])[1:])


def _matmul(inputs: Tensors, outputs: Tensors) -> int:
    return outputs[0].elements * _known(inputs[0])[-1]


def _gemm(inputs: Tensors, outputs: Tensors) -> int:
    # Whether a side is transposed does not matter: the right one has (inner x out) values.
    return outputs[0].elements * (prod(_known(inputs[1])) // _known(outputs[0])[-1])


def _recurrent(inputs: Tensors, outputs: Tensors) -> int:
    # Sequences are (steps, batch, inputs); weights (directions, gates x hidden, inputs).
    steps = prod(_known(inputs[0])[:2])
    return steps * (inputs[1].elements + inputs[2].elements)


def _known(tensor: Tensor) -> tuple[int, ...]:
    """Return a shape.

    Raises
    ------
    IndexError
        If the tensor has none.
    """
    if not tensor.shape:
        raise IndexError(tensor.name)
    return tensor.shape


_RULES: dict[str, Callable[[Tensors, Tensors], int]] = {
    "Conv": _conv(1),
    "ConvInteger": _conv(1),
    "QLinearConv": _conv(3),
    "ConvTranspose": _conv_transpose,
    "MatMul": _matmul,
    "MatMulInteger": _matmul,
    "QLinearMatMul": _matmul,
    "Gemm": _gemm,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
}
