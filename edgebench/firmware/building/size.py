"""Estimate a model's share of a board's flash and RAM, before anything is built.

Constants and activations are exact. Code and stack are estimates, on the safe side, from builds
with arm-none-eabi-gcc 12.2 and riscv64-unknown-elf-gcc 12.2 at -O3
(`tests/firmware/boards/test_size.py` compares them with new builds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgebench.boards.card import BoardCard, FirmwareCard
from edgebench.firmware.building.benchmark import benchmark_parts
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.building.protocol_checks import FRAME_DATA_BYTES
from edgebench.firmware.emitting.several_inputs_outputs import parts
from edgebench.firmware.emitting.source import LayerCost, emit
from edgebench.firmware.engines.choice import note_on
from edgebench.firmware.optimize import BALANCED
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import block_bytes
from edgebench.text.brief import Brief

if TYPE_CHECKING:
    from edgebench.firmware.cycles.estimate import CycleEstimate, FrameEstimate

CODE_BYTES: Mapping[str, int] = {
    "conv_2d": 4_700,
    "depthwise_conv_2d": 2_900,
    "conv_2d_some": 600,
    "fully_connected": 4_000,
    "conv_2d_offset": 680,
    "depthwise_conv_2d_offset": 680,
    "fully_connected_offset": 390,
    "conv_2d_16x8": 910,
    "depthwise_conv_2d_16x8": 1010,
    "fully_connected_16x8": 640,
    "transpose_conv_2d": 660,
    "batch_matmul": 640,
    "batch_matmul_16": 770,
    "lstm": 2030,
    "svdf": 680,
    "add": 840,
    "sub": 850,
    "mul": 470,
    "div": 1580,
    "squared_difference": 670,
    "prelu": 630,
    "maximum": 270,
    "minimum": 270,
    "transpose_conv_2d_16x8": 900,
    "add_16": 900,
    "sub_16": 910,
    "mul_16": 490,
    "maximum_16": 390,
    "minimum_16": 390,
    "average_pool_2d_16": 450,
    "max_pool_2d_16": 400,
    "mean_16": 400,
    "softmax_16": 840,
    "curve_16": 240,
    "requantize": 260,
    "arg": 380,
    "cast": 200,
    "whole": 230,
    "compare": 450,
    "select": 230,
    "look_up": 50,
    "quantize": 160,
    "dequantize": 110,
    "move": 250,
    "move_table": 230,
    "gather": 110,
    "fill": 20,
    "resize_nearest": 150,
    "resize_bilinear": 340,
    "resize_bilinear_real": 380,
    "reduce_max": 190,
    "reduce_min": 190,
    "average_pool_2d": 430,
    "max_pool_2d": 330,
    "mean": 430,
    "softmax": 2850,
    "softmax_8_to_16": 2850,
    "l2_normalization": 1980,
    "dsp_conv_2d": 3560,
    "dsp_depthwise_conv_2d": 2650,
    "dsp_fully_connected": 840,
    "dsp_add": 300,
    "mve_conv_2d": 810,
    "mve_depthwise_conv_2d": 650,
    "mve_fully_connected": 370,
}
"""Of the C function of a kernel and those that it calls."""
CORE_CODE_BYTES = 10_200
"""The protocol, the port and what they need of libc."""
MORE_WITHOUT_HARDWARE_BYTES = 4_300
"""Where divisions and floating point are functions too, or code is less dense."""
CORE_CONSTANTS_BYTES = 1_800
LAYER_CONSTANTS_BYTES = 120
"""The struct of a layer."""
CORE_RAM_BYTES = 1_400
STACK_BYTES = 700
STREAM_CODE_BYTES = 5_000
STREAM_CONSTANTS_BYTES = 9_850
STREAM_RAM_BYTES = 48_200
"""Extra memory of a streaming wake word: 40,000 activations, the spectrum, a long command."""


@dataclass(frozen=True)
class Memory:
    """A memory: how large it is, and what takes how much of it."""

    name: str
    size_bytes: int
    parts: Mapping[str, int]

    @property
    def total_bytes(self) -> int:
        """All parts."""
        return sum(self.parts.values())

    @property
    def left_bytes(self) -> int:
        """Free bytes; negative where it does not fit."""
        return self.size_bytes - self.total_bytes

    @property
    def fits(self) -> bool:
        """Whether it does."""
        return self.left_bytes >= 0


@dataclass(frozen=True, repr=False)
class FirmwareSize(Brief):
    """A model on a board, with what each layer takes.

    ``estimate`` is of the time of an inference, where it was asked for; ``frame`` is of a streaming
    wake word's frame. ``note`` is set where the choice of flash against speed changes nothing.
    """

    model: Model
    board: BoardCard
    layers: tuple[LayerCost, ...]
    flash: Memory
    ram: Memory
    estimate: CycleEstimate | None = None
    frame: FrameEstimate | None = None
    note: str = ""

    @property
    def fits(self) -> bool:
        """Whether both do."""
        return self.flash.fits and self.ram.fits


def size_of(model: Model, board: BoardCard, optimize: str = BALANCED) -> FirmwareSize:
    """Return what a model's firmware takes on a board.

    Raises
    ------
    UsageError
        If the board's card has no firmware.
    ModelNotSupported
        If the firmware lacks one of the model's ops.
    """
    card = firmware_of(board)
    source = emit(model, card.kernels, optimize)
    functions = {cost.layer.function for cost in source.layers}
    code = CORE_CODE_BYTES + sum(CODE_BYTES[each] for each in functions)
    if not _is_dense(card):
        code += MORE_WITHOUT_HARDWARE_BYTES
    inputs, outputs = (_words(block_bytes(each)) for each in parts(model))
    frames = -(-inputs // FRAME_DATA_BYTES)
    flash = {
        "code": code,
        "weights": source.constant_bytes,
        "tables": CORE_CONSTANTS_BYTES + LAYER_CONSTANTS_BYTES * len(source.layers),
    }
    ram = {
        "activations": source.arena_bytes,
        "inputs": inputs * (1 + card.slots),
        "outputs": outputs * (1 + card.slots),
        "protocol": CORE_RAM_BYTES + frames,
        "stack": STACK_BYTES,
    }
    if source.state_bytes:
        ram["state"] = source.state_bytes
    if benchmark_parts(model, None).streams:
        flash["code"] += STREAM_CODE_BYTES
        flash["tables"] += STREAM_CONSTANTS_BYTES
        ram["audio"] = STREAM_RAM_BYTES
    return FirmwareSize(
        model,
        board,
        source.layers,
        Memory("flash", card.flash_bytes, flash),
        Memory("RAM", card.ram_bytes, ram),
        note=note_on(card.kernels, optimize),
    )


def _is_dense(card: FirmwareCard) -> bool:
    """Return whether the processor is an Arm with division and a floating-point unit, or an M3."""
    return any(flag.startswith("-mcpu=cortex-m") and "m0" not in flag for flag in card.flags)


def _words(size_bytes: int) -> int:
    return -(-size_bytes // 4) * 4
