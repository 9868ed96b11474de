"""The kinds of layers that go on where the last inference ended, and products of matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.loop_nest import LoopNest


@dataclass(frozen=True)
class State:
    """A tensor that is kept between inferences, and the bytes that it holds first."""

    tensor: int
    initial: NDArray[np.int8]


@dataclass(frozen=True)
class Lstm:
    """UNIDIRECTIONAL_SEQUENCE_LSTM; arrays are of four gates: input, forget, cell, output.

    ``multipliers`` and ``shifts`` are of the four sums over inputs, then of those over hidden
    states; ``cell`` is what the cell is clipped to.
    """

    input_weights: NDArray[np.int8]
    recurrent_weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int8]
    batches: int
    steps: int
    inputs: int
    units: int
    is_time_major: bool
    input_zero_point: int
    hidden_zero_point: int
    kept_multiplier: Multiplier
    added_multiplier: Multiplier
    hidden_multiplier: Multiplier
    cell: tuple[int, int]
    cell_shift: int


@dataclass(frozen=True)
class Svdf:
    """SVDF: each unit is the sum of ``rank`` filters over the last ``steps`` inputs."""

    weights: NDArray[np.int8]
    time_weights: NDArray[np.int16]
    bias: NDArray[np.int32] | None
    batches: int
    inputs: int
    units: int
    rank: int
    steps: int
    input_zero_point: int
    state_multiplier: Multiplier
    state: tuple[int, int]
    output_multiplier: Multiplier
    output_zero_point: int


@dataclass(frozen=True)
class Matrix:
    """BATCH_MATMUL: products of matrices; steps are in values."""

    batches: LoopNest
    rows: int
    columns: int
    depth: int
    left_row: int
    left_step: int
    right_column: int
    right_step: int
    zero_points: tuple[int, int]
    output_zero_point: int
    output_multiplier: Multiplier
