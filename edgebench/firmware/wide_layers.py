"""Layers of int16 activations besides those with weights, and of values of any width.

Fields are named as those of the structs in ``firmware_host/kernels/``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.loop_nest import Four, LoopNest

WIDE = "_16"
"""Suffix of functions of int16 activations."""
WHOLE, UNSIGNED, REAL = 0, 1, 2
"""Kinds of numbers that a CAST takes and gives."""
ADDS, SUBTRACTS, MULTIPLIES = 0, 1, 2


@dataclass(frozen=True)
class Limits:
    """Of the values that are stored."""

    low: int
    high: int


@dataclass(frozen=True)
class Softmax16:
    """SOFTMAX of int16 over the last axis."""

    rows: int
    count: int
    multiplier: int
    shift: int
    exponentials: NDArray[np.int16]
    reciprocals: NDArray[np.int16]


@dataclass(frozen=True)
class Curve16:
    """LOGISTIC or TANH of int16; the shift is to the right."""

    table: NDArray[np.uint16]
    count: int
    multiplier: int
    shift: int
    is_tanh: bool


@dataclass(frozen=True)
class Requantize:
    """QUANTIZE between stored types, RELU, LEAKY_RELU; widths are in bytes.

    The multipliers are for values from the zero point on, and for those below it.
    """

    count: int
    input_width: int
    output_width: int
    input_zero_point: int
    multipliers: tuple[Multiplier, Multiplier]
    output_zero_point: int
    output: Limits


@dataclass(frozen=True)
class Arg:
    """ARG_MAX or ARG_MIN over the middle one of three axes."""

    outer: int
    size: int
    inner: int
    is_least: bool
    input_width: int
    output_width: int


@dataclass(frozen=True)
class Cast:
    """CAST; a number is `WHOLE`, `UNSIGNED` or `REAL`."""

    count: int
    input: int
    input_width: int
    output: int
    output_width: int


@dataclass(frozen=True)
class Whole:
    """ADD, SUB or MUL of int32, which wraps."""

    loops: LoopNest
    operation: int
    output: Limits


@dataclass(frozen=True)
class Compare:
    """EQUAL, LESS and their like: the answers by how the left number is to the right one.

    ``is_scaled`` where both are int8 and are first brought to one step.
    """

    loops: LoopNest
    width: int
    is_scaled: bool
    zero_points: tuple[int, int]
    multipliers: tuple[Multiplier, Multiplier]
    when_less: bool
    when_equal: bool
    when_greater: bool


@dataclass(frozen=True)
class Select:
    """SELECT and SELECT_V2: the left number where the condition is true, else the right one."""

    loops: LoopNest
    condition_steps: Four
    width: int


WideKind = Softmax16 | Curve16 | Requantize | Arg | Cast | Whole | Compare | Select
STRUCTS: dict[type[WideKind], str] = {
    Softmax16: "softmax_16_layer",
    Curve16: "curve_16_layer",
    Requantize: "requantize_layer",
    Arg: "arg_layer",
    Cast: "cast_layer",
    Whole: "whole_layer",
    Compare: "compare_layer",
    Select: "select_layer",
}
IN_PLACE = frozenset(f"{each}{WIDE}" for each in ("add", "sub", "mul", "maximum", "minimum"))
_OTHERS = ("average_pool_2d", "max_pool_2d", "mean", "softmax", "curve")
WIDE_FUNCTIONS = IN_PLACE | {f"{each}{WIDE}" for each in _OTHERS}
"""That take and give pointers to int16_t."""
