"""UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF: layers with a state that the next inference finds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import LIMITS, Multiplier
from edgebench.firmware.layers import Layer, Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.sums import check_weights
from edgebench.firmware.reading.unsupported_ops import OpRefused
from edgebench.firmware.recurrent_layers import Lstm, Svdf
from edgebench.models.tflite.flatbuffer.schema import names_of
from edgebench.models.tflite.tensors import Tensor

GATE_SCALE = 2.0**-12
"""Of what a gate's function is of."""
FUNCTION_SCALE = 2.0**-15
"""Of what a gate's function gives."""
WEIGHTS, RECURRENT, BIASES = range(1, 5), range(5, 9), range(12, 16)
"""The inputs with what the gates have, in this order: input, forget, cell, output."""
HIDDEN, CELL, LSTM_INPUTS = 18, 19, 24
LEFT_OUT = (*range(9, 12), 16, 17, *range(20, 24))
"""Peepholes, a projection and layer normalization, which Micro's kernel has not."""
CELL_SHIFTS = range(-15, 15)
SVDF_INPUTS = 5


def lstm(read: OpReader) -> list[Step]:
    """Read a UNIDIRECTIONAL_SEQUENCE_LSTM of int8 activations."""
    if len(read.places) != LSTM_INPUTS or any(read.places[place] >= 0 for place in LEFT_OUT):
        raise read.refuse("peepholes, a projection or layer normalization")
    source, hidden, cell, weights, recurrent, biases = _lstm_tensors(read)
    _check_states(read, hidden, cell)
    in_scale, in_zero = read.int8(source)
    hidden_scale, hidden_zero = read.int8(hidden)
    cell_scale, _ = read.quantized(cell, "INT16")
    steps, batches, inputs, units = _lstm_sizes(read, source, hidden, cell)
    if read.int8(read.output) != (hidden_scale, hidden_zero):
        raise read.refuse("an output and a hidden state of different scales")
    _check_activation(read)
    cell_shift = _cell_shift(read, cell_scale)
    cell_range = _cell_range(read, cell_scale)
    multipliers = [_gate_multiplier(read, in_scale, each) for each in weights]
    multipliers += [_gate_multiplier(read, hidden_scale, each) for each in recurrent]
    of_input = _together(read, weights, (units, inputs), np.int8)
    of_hidden = _together(read, recurrent, (units, units), np.int8)
    bias = _together(read, biases, (units,), np.int32)
    check_weights(read, of_input.reshape(-1, inputs), 0, bias, in_zero, 0)
    check_weights(read, of_hidden.reshape(-1, units), 0, None, hidden_zero, 0)
    kind = Lstm(
        of_input,
        of_hidden,
        bias,
        np.array([each.value for each in multipliers], np.int32),
        np.array([each.shift for each in multipliers], np.int8),
        batches,
        steps,
        inputs,
        units,
        bool(read.options.timeMajor),
        in_zero,
        hidden_zero,
        read.multiplier(FUNCTION_SCALE * cell_scale / cell_scale),
        read.multiplier(FUNCTION_SCALE**2 / cell_scale),
        read.multiplier(FUNCTION_SCALE**2 / hidden_scale),
        cell_range,
        cell_shift,
    )
    kept = (read.variables.keep(read, hidden), read.variables.keep(read, cell))
    return [Step("lstm", kind, (source.index,), states=kept)]


def _lstm_tensors(
    read: OpReader,
) -> tuple[Tensor, Tensor, Tensor, list[Tensor], list[Tensor], list[Tensor]]:
    """Return the input, both states, and the gates' weights, recurrent weights and biases."""
    lacking = "weights, biases or states that are not there"
    source, hidden, cell = _inputs_at(read, (0, HIDDEN, CELL), lacking)
    weights, recurrent, biases = (
        _inputs_at(read, gates, lacking) for gates in (WEIGHTS, RECURRENT, BIASES)
    )
    return source, hidden, cell, weights, recurrent, biases


def _inputs_at(read: OpReader, places: Sequence[int], lacking: str) -> list[Tensor]:
    """Return inputs that the op can't do without, by their places among all that it may have."""
    numbers = [read.places[place] for place in places]
    if min(numbers) < 0:
        raise read.refuse(lacking)
    return [read.tensors[number] for number in numbers]


def _lstm_sizes(
    read: OpReader, source: Tensor, hidden: Tensor, cell: Tensor
) -> tuple[int, int, int, int]:
    """Return the steps, batches, inputs and units, which the states and the output have too."""
    first, second, inputs = read.shape(source, 3)
    steps, batches = (first, second) if read.options.timeMajor else (second, first)
    units = read.shape(hidden)[-1]
    if hidden.elements != batches * units or cell.elements != hidden.elements:
        raise read.refuse(f"states of {hidden.elements} and {cell.elements} values")
    read.check_output(first, second, units)
    return steps, batches, inputs, units


def _check_states(read: OpReader, *states: Tensor) -> None:
    """Refuse states that are no variables, or have values from elsewhere."""
    given = {each.index for each in read.model.facts.inputs}
    for each in states:
        if not each.is_variable:
            raise read.refuse(f"its state `{each.name}` is no variable")
        if each.index in given or read.is_constant(each):
            raise read.refuse(f"its state `{each.name}` is an input or a constant")


def _gate_multiplier(read: OpReader, scale: float, weights: Tensor) -> Multiplier:
    weight_scale, zero_point = read.int8(weights)
    if zero_point or (weights.quantization and weights.quantization.per_axis):
        raise read.refuse(f"weights `{weights.name}` with a zero point or several scales")
    # TensorFlow Lite multiplies the scales in float32; Micro, which is followed here, does not.
    return read.multiplier(scale * weight_scale / GATE_SCALE)


def _together(
    read: OpReader, tensors: Sequence[Tensor], shape: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[Any]:
    """Return the constants of all gates, one behind the other."""
    for each in tensors:
        if tuple(each.shape) != shape or each.dtype != np.dtype(dtype):
            raise read.refuse(f"`{each.name}` is {each.type_name} of {list(each.shape)}")
    return np.concatenate([read.constant(each, dtype).reshape(-1) for each in tensors])


def _cell_shift(read: OpReader, scale: float) -> int:
    shift = 12 + round(math.log2(scale)) if scale > 0 else 0
    if scale <= 0 or shift not in CELL_SHIFTS:
        raise read.refuse(f"a cell of the scale {scale:.3g}")
    return shift


def _cell_range(read: OpReader, scale: float) -> tuple[int, int]:
    """Return what the cell is clipped to; nothing but its type's limits without a positive clip."""
    clip = read.options.cellClip
    if math.isnan(clip):
        raise read.refuse("a cell that is clipped to no number")
    low, high = LIMITS["INT16"]
    if not clip > 0:
        return low, high
    limit = int(min(clip / scale, float(high)))
    return -limit, limit


def check_widened(label: str, layers: Iterable[Layer], widened: Mapping[int, Tensor]) -> None:
    """Refuse layers that would read or write a state that is kept as another type than the file's.

    Raises
    ------
    OpRefused
        With the first such layer.
    """
    for layer in layers:
        for number in (*layer.inputs, layer.output):
            if number in widened:
                raise OpRefused(
                    label,
                    layer.index,
                    layer.op_name,
                    f"it reads or writes `{widened[number].name}`, the state of a recurrent layer",
                    f"the firmware does not keep that state as {widened[number].type_name}",
                )


def _check_activation(read: OpReader) -> None:
    number = read.options.fusedActivationFunction
    name = names_of("ActivationFunctionType").get(number, str(number))
    if name != "TANH":
        raise read.refuse(f"the activation {name} of its cell")


def svdf(read: OpReader) -> list[Step]:
    """Read an SVDF of int8, with a state of int8 or int16."""
    lacking = "inputs that are not there"
    if len(read.places) != SVDF_INPUTS:
        raise read.refuse(lacking)
    source, weights, over_time, state = _inputs_at(read, (0, 1, 2, 4), lacking)
    _check_states(read, state)
    (in_scale, in_zero), (scale, zero) = read.int8(source), read.int8(weights)
    state_scale, state_zero = read.quantized(state, "INT8", "INT16")
    time_scale, time_zero = read.quantized(over_time, state.type_name)
    out_scale, out_zero = read.int8(read.output)
    if zero or time_zero or state_zero:
        raise read.refuse("weights or a state with a zero point")
    batches, inputs, units, steps = _svdf_sizes(read, source, weights, over_time, state)
    bias = _svdf_bias(read, units)
    # TensorFlow Lite multiplies and divides in float32; Micro, which is followed here, does not.
    into = in_scale * scale / state_scale
    out = state_scale * time_scale / out_scale
    stored = read.constant(weights, np.int8)
    times = read.constant(over_time, over_time.dtype.type).astype(np.int16)
    biases = None if bias is None else read.constant(bias, np.int32).reshape(-1)
    check_weights(read, stored, 0, None, in_zero, 0)
    kind = Svdf(
        stored,
        times,
        biases,
        batches,
        inputs,
        units,
        read.options.rank,
        steps,
        in_zero,
        read.multiplier(into),
        LIMITS[state.type_name],
        read.multiplier(out),
        out_zero,
    )
    kept = read.variables.keep(read, state, np.int16)
    return [Step("svdf", kind, (source.index,), states=(kept,))]


def _svdf_sizes(
    read: OpReader, source: Tensor, weights: Tensor, over_time: Tensor, state: Tensor
) -> tuple[int, int, int, int]:
    """Return the batches, inputs, units and steps, which the state and the output have too."""
    batches, inputs = read.shape(source, 2)
    filters, taps = read.shape(weights, 2)
    rows, steps = read.shape(over_time, 2)
    rank = read.options.rank
    if rank < 1 or filters % rank or rows != filters or taps != inputs:
        raise read.refuse(f"{filters} filters of rank {rank} over {inputs} inputs")
    if state.elements != batches * filters * steps:
        raise read.refuse(f"a state of {state.elements} values")
    read.check_output(batches, filters // rank)
    return batches, inputs, filters // rank, steps


def _svdf_bias(read: OpReader, units: int) -> Tensor | None:
    """Return the biases, one per unit, if the op has them."""
    number = read.places[3]
    if number < 0:
        return None
    bias = read.tensors[number]
    if (bias.type_name, bias.elements) != ("INT32", units):
        raise read.refuse(f"{bias.elements} biases of {bias.type_name}")
    return bias


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
    "SVDF": svdf,
}
