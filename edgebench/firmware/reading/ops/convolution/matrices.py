"""BATCH_MATMUL and TRANSPOSE_CONV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from math import prod

from edgebench.firmware.layers import Shape, Step, TransposeConv, Weighted16, Window
from edgebench.firmware.loop_nest import LOOPS, LoopNest, loop_nest_of
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.convolution.weighted import MOST_LEFT_SHIFT, WIDE, weighted_of
from edgebench.firmware.reading.sums import check_largest, farthest
from edgebench.firmware.recurrent_layers import Matrix
from edgebench.models.tflite.flatbuffer.schema import names_of
from edgebench.models.tflite.tensors import Tensor


def batch_matmul(read: OpReader) -> list[Step]:
    """Read a BATCH_MATMUL of two activations, or constants, of int8 or int16."""
    left, right = read.input(0), read.input(1)
    is_wide = left.type_name == "INT16"
    (left_scale, left_zero), (right_scale, right_zero), (out_scale, out_zero) = _quantizations(
        read, left, right, read.output
    )
    batches, rows, depth, columns = _product_sizes(read, left, right)
    if not is_wide:
        check_largest(read, depth, depth * farthest(left_zero) * farthest(right_zero))
    loops = _batch_loops(read, batches, left, right)
    # TensorFlow Lite multiplies the scales in float32; Micro, which is followed here, does not.
    multiplier = read.multiplier(left_scale * right_scale / out_scale)
    if is_wide and multiplier.shift > MOST_LEFT_SHIFT:
        raise read.refuse("scales that make an int16 output more than 128 times a sum")
    left_row, left_step = _distances(left.shape, read.options.adjX)
    right_step, right_column = _distances(right.shape, read.options.adjY)
    kind = Matrix(
        loops,
        rows,
        columns,
        depth,
        left_row,
        left_step,
        right_column,
        right_step,
        (left_zero, right_zero),
        out_zero,
        multiplier,
    )
    function = "batch_matmul_16" if is_wide else "batch_matmul"
    return [Step(function, kind, (read.operand(0), read.operand(1)))]


def _quantizations(
    read: OpReader, left: Tensor, right: Tensor, output: Tensor
) -> list[tuple[float, int]]:
    """Return the scale and the zero point of each; all are of the type of the left one."""
    found = [
        read.quantized(left, "INT8", "INT16"),
        read.quantized(right, left.type_name),
        read.quantized(output, left.type_name),
    ]
    if left.type_name == "INT16" and any(zero_point for _, zero_point in found):
        raise read.refuse("int16 activations with a zero point")
    if any(each.quantization and each.quantization.per_axis for each in (left, right)):
        raise read.refuse("a scale for each channel")
    return found


def _product_sizes(
    read: OpReader, left: Tensor, right: Tensor
) -> tuple[tuple[int, ...], int, int, int]:
    """Return the batches, and each product's rows, depth and columns."""
    misfit = f"{list(left.shape)} times {list(right.shape)}"
    if min(len(left.shape), len(right.shape)) < 2:
        raise read.refuse(misfit)
    rows, depth = _sides(left.shape, read.options.adjX)
    again, columns = _sides(right.shape, read.options.adjY)
    batches = _broadcast(read, left.shape[:-2], right.shape[:-2])
    if depth != again:
        raise read.refuse(misfit)
    read.check_output(*batches, rows, columns)
    return batches, rows, depth, columns


def _batch_loops(read: OpReader, batches: tuple[int, ...], left: Tensor, right: Tensor) -> LoopNest:
    rank = len(batches)
    loops = loop_nest_of(batches, _steps(left.shape, rank), _steps(right.shape, rank))
    if loops is None:
        raise read.refuse(f"more than {LOOPS} loops over {list(batches)}")
    return loops


def _distances(shape: Sequence[int], is_turned: bool) -> tuple[int, int]:
    """Return how far the next row and the next column are of a matrix, in values."""
    return (1, shape[-1]) if is_turned else (shape[-1], 1)


def _sides(shape: Sequence[int], is_turned: bool) -> tuple[int, int]:
    rows, columns = shape[-2:]
    return (columns, rows) if is_turned else (rows, columns)


def _broadcast(read: OpReader, left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    pairs = list(zip_longest(reversed(left), reversed(right), fillvalue=1))
    if any(a != b and 1 not in (a, b) for a, b in pairs):
        raise read.refuse(f"batches of {list(left)} and {list(right)}")
    return tuple(max(pair) for pair in reversed(pairs))


def _steps(shape: Sequence[int], rank: int) -> list[int]:
    """Return the distance between matrices along each axis of a batch; 0 where there is one."""
    padded = [1] * (rank + 2 - len(shape)) + list(shape)
    return [prod(padded[axis + 1 :]) if padded[axis] > 1 else 0 for axis in range(rank)]


def transpose_conv(read: OpReader) -> list[Step]:
    """Read a TRANSPOSE_CONV; its inputs are a shape, weights, the activation, biases.

    A shape that is not constant is the caller's word for what the file says of the output.
    """
    moved = read.with_inputs(2, 1, 3)
    source, output = read.image(read.input(2)), read.image(read.output)
    wanted = [output.height, output.width, output.channels]
    if read.is_constant(read.input(0)) and read.integers(read.input(0))[-3:] != wanted:
        raise read.refuse(f"a shape that is not {list(read.output.shape)}")
    filters, height, width, depth = read.shape(read.input(1), 4)
    if filters != output.channels or depth != source.channels:
        raise read.refuse(f"weights of {list(read.input(1).shape)}")
    window = _window(read, height, width, output)
    weighted = weighted_of(moved, 0)
    function = "transpose_conv_2d"
    if isinstance(weighted, Weighted16):
        # Biases of any width are added before the only rounding.
        weighted, function = replace(weighted, rounds_twice=False), function + WIDE
    kind = TransposeConv(weighted, source, output, window)
    return [Step(function, kind, (read.input(2).index,))]


def _window(read: OpReader, height: int, width: int, output: Shape) -> Window:
    """Return the window as the convolution that it transposes has it."""
    padding = names_of("Padding").get(read.options.padding)
    strides = (read.options.strideH, read.options.strideW)
    if padding is None or min(strides) < 1:
        raise read.refuse(f"the padding {read.options.padding}, strides of {strides}")
    pads = []
    for size, taps, stride in zip(
        (output.height, output.width), (height, width), strides, strict=True
    ):
        if padding == "VALID" and size < taps:
            raise read.refuse(f"an output of {size} under a window of {taps}")
        out = -(-size // stride) if padding == "SAME" else (size - taps + stride) // stride
        pads.append(max((out - 1) * stride + taps - size, 0) // 2)
    return Window(height, width, *strides, 1, 1, *pads)


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "BATCH_MATMUL": batch_matmul,
    "TRANSPOSE_CONV": transpose_conv,
}
