"""AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, SUM, REDUCE_MAX and REDUCE_MIN."""

from __future__ import annotations

from itertools import groupby
from math import prod

from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.layers import Pool, Step
from edgebench.firmware.loop_nest import Four
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.sums import check_largest, farthest
from edgebench.firmware.reducing_layers import Mean, Reduce
from edgebench.firmware.wide_layers import WIDE

MOST_SHIFT = 32
MOST_WIDE = 1 << 16
"""Values of int16 whose sum fits an int32."""


def pool(read: OpReader) -> list[Step]:
    """Read an AVERAGE_POOL_2D or a MAX_POOL_2D."""
    source, output, samples = read.images()
    if read.activation(read.input(0)) != read.activation(read.output):
        raise read.refuse("a pooling that changes the scale")
    read.check_output(samples, output.height, output.width, source.channels)
    window = read.window(read.options.filterHeight, read.options.filterWidth, source, output)
    kind = Pool(source, output, window, read.range(read.output), rounds_up=read.is_unsigned)
    function = read.op.name.lower() + _ending(read)
    return [Step(function, kind, read.op.inputs[:1], times=samples)]


def mean(read: OpReader) -> list[Step]:
    """Read a MEAN or a SUM over any axes that leave a shape (kept, summed, kept, summed)."""
    in_scale, in_zero = read.activation(read.input(0))
    out_scale, out_zero = read.activation(read.output)
    counts = _counts(read)
    if read.is_wide and counts[1] * counts[3] > MOST_WIDE:
        raise read.refuse(f"a mean of {counts[1] * counts[3]} values of int16")
    if read.op.name == "SUM" and (read.is_wide or read.is_unsigned):
        raise read.refuse("a sum of other values than int8")
    count = counts[1] * counts[3]
    multiplier = read.multiplier(in_scale / out_scale)
    if read.op.name == "MEAN":
        multiplier = _divided(multiplier, count)
    if not read.is_wide:  # a sum is shifted to the left before it is multiplied
        largest = count * farthest(in_zero)
        check_largest(read, count, largest << max(multiplier.shift, 0))
    kind = Mean(counts, in_zero, multiplier, out_zero)
    return [Step("mean" + _ending(read), kind, read.op.inputs[:1])]


def _ending(read: OpReader) -> str:
    return WIDE if read.is_wide else ""


def reduce(read: OpReader) -> list[Step]:
    """Read a REDUCE_MAX or a REDUCE_MIN over axes as `mean` takes them."""
    if read.int8(read.input(0)) != read.int8(read.output):
        raise read.refuse("inputs and outputs of different scales")
    return [Step(read.op.name.lower(), Reduce(_counts(read)), read.op.inputs[:1])]


def _counts(read: OpReader) -> Four:
    """Return the sizes (kept, reduced, kept, reduced) of the input; unused ones are 1."""
    source = read.input(0)
    shape = read.shape(source)
    axes = {read.axis(axis, len(shape)) for axis in read.integers(read.input(1))}
    sizes = [1, 1, 1, 1]
    place = 0
    runs = groupby(enumerate(source.shape), key=lambda each: each[0] in axes and each[1] > 1)
    for is_summed, run in runs:
        size = prod(each for _, each in run)
        if size == 1:
            continue
        place += place % 2 != is_summed
        if place >= len(sizes):
            raise read.refuse(f"axes {sorted(axes)} of {list(source.shape)}")
        sizes[place] = size
        place += 1
    read.check_output(sizes[0], sizes[2])
    return (sizes[0], sizes[1], sizes[2], sizes[3])


def _divided(multiplier: Multiplier, count: int) -> Multiplier:
    """Return a multiplier that divides by a count too, with the bits that the reference keeps."""
    shift = min(count.bit_length() - 1, MOST_SHIFT, 31 + multiplier.shift)
    return Multiplier((multiplier.value << shift) // count, multiplier.shift - shift)
