"""Multiply-accumulates of ONNX's ops, counted from shapes as for TensorFlow Lite's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from edgebench.models.onnx.values import UNKNOWN
from edgebench.models.tflite.tensors import Tensor

Tensors = Sequence[Tensor]
STANDARD = ("", "ai.onnx", "ai.onnx.ml")
"""Domains of ONNX's own ops: what has no rule there has no multiply-accumulates."""
MICROSOFT = "com.microsoft"


def macs_of(node: Any, inputs: Tensors, outputs: Tensors) -> int | None:
    """Return the multiply-accumulates of an op.

    They are not known, which is None, of an op that runs other graphs, of another's domain, or
    with a shape that the file does not tell.
    """
    if not _is_countable(node):
        return None
    count = _RULES.get(node.op_type)
    if count is None:
        return 0
    if not outputs or outputs[0].type_name == UNKNOWN:
        return None
    try:
        return count(inputs, outputs)
    except (IndexError, ZeroDivisionError):
        return None


def _is_countable(node: Any) -> bool:
    """Return whether an op has a rule, or is known to need none."""
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs:
            return False
        if attribute.name in ("transBatchA", "transBatchB") and attribute.i:
            return False
    if node.domain == MICROSOFT:
        return node.op_type in _RULES or node.op_type in _WITHOUT_MACS
    return node.domain in STANDARD and node.op_type not in _WITHOUT_RULE


def _conv(place: int) -> Callable[[Tensors, Tensors], int]:
    # Weights are (out channels, in channels of the group, sizes of the kernel).
    return lambda inputs, outputs: outputs[0].elements * prod(_known(inputs[place])[1:])


def _conv_transpose(inputs: Tensors, outputs: Tensors) -> int:
    # Weights are (in channels, out channels of the group, sizes): each input meets them all.
    return inputs[0].elements * prod(_known(inputs[1])[1:])


def _matmul(inputs: Tensors, outputs: Tensors) -> int:
    return outputs[0].elements * _known(inputs[0])[-1]


def _fused_matmul(inputs: Tensors, outputs: Tensors) -> int:
    # Whether the left side is transposed does not matter: its matrices are (out x inner) values.
    left, out = _known(inputs[0]), _known(outputs[0])
    return outputs[0].elements * (prod(left[-2:]) // out[-2] if len(left) > 1 else left[-1])


def _gemm(place: int) -> Callable[[Tensors, Tensors], int]:
    # Whether a side is transposed does not matter: the right one has (inner x out) values.
    return lambda inputs, outputs: (
        outputs[0].elements * (prod(_known(inputs[place])) // _known(outputs[0])[-1])
    )


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
    "Gemm": _gemm(1),
    "FusedConv": _conv(1),
    "FusedGemm": _gemm(1),
    "FusedMatMul": _fused_matmul,
    "QGemm": _gemm(3),
    "DynamicQuantizeMatMul": _matmul,
    "MatMulIntegerToFloat": _matmul,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
}
_WITHOUT_RULE = {
    "Attention",
    "DeformConv",
    "Einsum",
    "LinearClassifier",
    "LinearRegressor",
    "SVMClassifier",
    "SVMRegressor",
}
"""ONNX's ops that have multiply-accumulates, which are not counted here."""
_WITHOUT_MACS = {
    "BiasGelu",
    "DequantizeLinear",
    "FastGelu",
    "Gelu",
    "LayerNormalization",
    "NhwcMaxPool",
    "QLinearAdd",
    "QLinearAveragePool",
    "QLinearConcat",
    "QLinearGlobalAveragePool",
    "QLinearLeakyRelu",
    "QLinearMul",
    "QLinearReduceMean",
    "QLinearSigmoid",
    "QLinearSoftmax",
    "QLinearWhere",
    "QuantizeLinear",
    "QuickGelu",
    "SkipLayerNormalization",
}
"""Microsoft's ops that have none, as their like of ONNX and TensorFlow Lite."""
