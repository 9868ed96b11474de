"""Models of one op that keeps a state, or multiplies activations by each other, drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers.drawn import Drawn

TANH = 4


def _plain(scale: float) -> Quantization:
    return Quantization((float(np.float32(scale)),), (0,))


def _constant(
    draw: Drawn, name: str, shape: Sequence[int], dtype: str, most: int, scale: float
) -> NewTensor:
    values = draw.values(shape, -most, most, dtype)
    return NewTensor(name, tuple(shape), dtype, _plain(scale), values)


def lstm(draw: Drawn) -> NewModel:
    batches, steps = draw.one_of(1, 1, 2), draw.pick(1, 4)
    inputs, units = draw.pick(1, 9), draw.pick(1, 6)
    time_major = bool(draw.pick(0, 1))
    order = (steps, batches) if time_major else (batches, steps)
    before, hidden = draw.int8(), Quantization((draw.scale(-8, -6),), (draw.pick(-128, 127),))
    # Sums of gates are in steps of 2^-12 and come to a few thousands.
    usual, again = (
        64 / 4096 / each.scales[0] / count**0.5 / 64
        for each, count in ((before, inputs), (hidden, units))
    )
    weights = [
        _constant(draw, f"w{gate}", (units, inputs), "int8", 127, usual * 2.0 ** draw.pick(-3, 2))
        for gate in range(4)
    ]
    recurrent = [
        _constant(draw, f"r{gate}", (units, units), "int8", 127, again * 2.0 ** draw.pick(-3, 2))
        for gate in range(4)
    ]
    most = 1 << draw.pick(0, 16)
    biases = [_constant(draw, f"b{gate}", (units,), "int32", most, 1e-4) for gate in range(4)]
    names = [
        *("in", "w0", "w1", "w2", "w3", "r0", "r1", "r2", "r3", "", "", ""),
        *("b0", "b1", "b2", "b3", "", "", "hidden", "cell", "", "", "", ""),
    ]
    options = {"fusedActivationFunction": TANH, "timeMajor": time_major}
    options["cellClip"] = draw.one_of(0.0, 10.0, 1.0)
    return NewModel(
        [
            NewTensor("in", (*order, inputs), "int8", before),
            NewTensor("out", (*order, units), "int8", hidden),
            NewTensor("hidden", (batches, units), "int8", hidden, is_variable=True),
            NewTensor(
                "cell",
                (batches, units),
                "int16",
                _plain(2.0 ** draw.pick(-15, -8)),
                is_variable=True,
            ),
            *(*weights, *recurrent, *biases),
        ],
        [
            NewOp(
                "UNIDIRECTIONAL_SEQUENCE_LSTM",
                tuple(names),
                ("out",),
                ("UnidirectionalSequenceLSTM", options),
            )
        ],
        ["in"],
        ["out"],
    )


def _svdf(draw: Drawn, dtype: str) -> NewModel:
    batches, inputs = draw.one_of(1, 1, 2), draw.pick(1, 12)
    units, rank, steps = draw.pick(1, 5), draw.pick(1, 3), draw.pick(1, 6)
    filters, before, after = units * rank, draw.int8(), draw.int8()
    most, state = (32767, draw.scale(-12, -8)) if dtype == "int16" else (127, draw.scale(-7, -4))
    scale = state * most / before.scales[0] / 127 / 64 / inputs**0.5 * 2.0 ** draw.pick(-2, 2)
    time_scale = after.scales[0] / state / most / (127 if dtype == "int8" else 8192)
    time_scale *= 64 * 2.0 ** draw.pick(-2, 2)
    bias = _constant(draw, "b", (units,), "int32", 1 << draw.pick(0, 20), state * time_scale)
    return NewModel(
        [
            NewTensor("in", (batches, inputs), "int8", before),
            NewTensor("out", (batches, units), "int8", after),
            NewTensor("state", (batches, filters * steps), dtype, _plain(state), is_variable=True),
            _constant(draw, "w", (filters, inputs), "int8", 127, scale),
            _constant(draw, "t", (filters, steps), dtype, min(most, 8192), time_scale),
            bias,
        ],
        [
            NewOp(
                "SVDF",
                ("in", "w", "t", "b", "state"),
                ("out",),
                ("SVDF", {"rank": rank, "fusedActivationFunction": 1}),
            )
        ],
        ["in"],
        ["out"],
    )


def svdf(draw: Drawn) -> NewModel:
    return _svdf(draw, "int16")


def svdf_int8(draw: Drawn) -> NewModel:
    return _svdf(draw, "int8")


def _matmul(draw: Drawn, dtype: str) -> NewModel:
    rows, depth, columns = draw.pick(1, 5), draw.pick(1, 12), draw.pick(1, 5)
    batch = draw.one_of((), (2,), (2, 3), (1, 2, 3))
    adj_x, adj_y = bool(draw.pick(0, 1)), bool(draw.pick(0, 1))
    left = (*batch, *((depth, rows) if adj_x else (rows, depth)))
    fewer = draw.one_of(batch, batch[1:], tuple(1 for _ in batch))
    right = (*fewer, *((columns, depth) if adj_y else (depth, columns)))
    is_wide = dtype == "int16"
    before, other = (draw.int16(), draw.int16()) if is_wide else (draw.int8(), draw.int8())
    usual = before.scales[0] * other.scales[0] * depth**0.5 * (16384 if is_wide else 64)
    zero = 0 if is_wide else draw.pick(-128, 127)
    after = Quantization((float(np.float32(usual * 2.0 ** draw.pick(-2, 4))),), (zero,))
    limits = np.iinfo(dtype)
    values = draw.values(right, limits.min, limits.max, dtype)
    return NewModel(
        [
            NewTensor("in", left, dtype, before),
            NewTensor("out", (*batch, rows, columns), dtype, after),
            NewTensor("c", right, dtype, other, values),
        ],
        [
            NewOp(
                "BATCH_MATMUL",
                ("in", "c"),
                ("out",),
                ("BatchMatMul", {"adjX": adj_x, "adjY": adj_y}),
            )
        ],
        ["in"],
        ["out"],
    )


def batch_matmul(draw: Drawn) -> NewModel:
    return _matmul(draw, "int8")


def batch_matmul_16(draw: Drawn) -> NewModel:
    return _matmul(draw, "int16")


def transpose_conv(draw: Drawn) -> NewModel:
    height, width, depth, out = draw.pick(1, 5), draw.pick(1, 5), draw.pick(1, 5), draw.pick(1, 5)
    taps = (draw.pick(1, 4), draw.pick(1, 4))
    strides = (draw.pick(1, 3), draw.pick(1, 3))
    padding = draw.pick(0, 1)
    sizes = [
        (size - 1) * stride + tap if padding else size * stride
        for size, stride, tap in zip((height, width), strides, taps, strict=True)
    ]
    before, after = draw.int8(), draw.int8()
    usual = after.scales[0] / before.scales[0] / (depth * 2) ** 0.5 / 32
    scales = tuple(float(np.float32(usual * 2.0 ** draw.rng.uniform(-4, 3))) for _ in range(out))
    shape = (out, *taps, depth)
    steps = tuple(float(np.float32(before.scales[0]) * np.float32(each)) for each in scales)
    bias = [
        NewTensor(
            "b",
            (out,),
            "int32",
            Quantization(steps, (0,) * out),
            draw.values((out,), -999, 999, "int32"),
        )
    ] * draw.pick(0, 1)
    target = (1, *sizes, out)
    return NewModel(
        [
            NewTensor("in", (1, height, width, depth), "int8", before),
            NewTensor("out", target, "int8", after),
            NewTensor("shape", (4,), "int32", None, np.array(target, np.int32)),
            NewTensor(
                "w",
                shape,
                "int8",
                Quantization(scales, (0,) * out, 0),
                draw.values(shape, -127, 127, "int8"),
            ),
            *bias,
        ],
        [
            NewOp(
                "TRANSPOSE_CONV",
                ("shape", "w", "in", *(each.name for each in bias)),
                ("out",),
                (
                    "TransposeConv",
                    {
                        "padding": padding,
                        "strideH": strides[0],
                        "strideW": strides[1],
                        "fusedActivationFunction": draw.one_of(0, 0, 1, 3),
                    },
                ),
                version=3,
            )
        ],
        ["in"],
        ["out"],
    )


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    each.__name__: each
    for each in (lstm, svdf, svdf_int8, batch_matmul, batch_matmul_16, transpose_conv)
}
