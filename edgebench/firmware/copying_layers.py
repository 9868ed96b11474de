"""The kinds of layers that copy values and compute nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.loop_nest import LoopNest


@dataclass(frozen=True)
class Move:
    """Runs of bytes from one place to another: what PAD, TRANSPOSE and their like come to."""

    run_bytes: int
    loops: LoopNest
    input_start: int
    output_start: int


@dataclass(frozen=True)
class MoveTable:
    """A `Move` of bytes through a table of the answers to all, from that for -128 on."""

    table: NDArray[np.int8]
    move: Move


@dataclass(frozen=True)
class Gather:
    """GATHER by constant indices that are no even steps."""

    indices: NDArray[np.int32]
    count: int
    outer: int
    size: int
    run_bytes: int


@dataclass(frozen=True)
class Nearest:
    """RESIZE_NEAREST_NEIGHBOR: which row and column of the input each of the output takes."""

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    output_height: int
    output_width: int
    input_width: int
    pixel_bytes: int


@dataclass(frozen=True)
class Fill:
    """Bytes of one value, which a `Move` then writes into."""

    value: int
    count: int


@dataclass(frozen=True)
class Alias:
    """RESHAPE: the same bytes under another shape."""
