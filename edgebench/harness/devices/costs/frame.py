"""Estimate what a frame of a streaming wake word takes on a board: its features and its model."""

from __future__ import annotations

import numpy as np

from edgebench.boards.card import BoardCard
from edgebench.datasets.log_mel import HOP_SAMPLES
from edgebench.device.client import Device
from edgebench.firmware.building.benchmark import STREAMING
from edgebench.firmware.building.image import ImageOptions, build_image, compiler_of, firmware_of
from edgebench.firmware.cycles.classes import Classes, classes_by_site
from edgebench.firmware.cycles.corrections import correction_for
from edgebench.firmware.cycles.disassembly import disassembled
from edgebench.firmware.cycles.emulated_board import emulated_board_of
from edgebench.firmware.cycles.estimate import FrameEstimate, estimate
from edgebench.firmware.optimize import BALANCED
from edgebench.harness.devices.costs.cycles import (
    Counted,
    count_blocks,
    estimate_inference,
    timing_of,
)
from edgebench.models.resolve import Model

TAKE = "eb_detector_take"
"""The firmware's function that makes a frame's features of a block of audio."""
SEED = 1
DB_BYTES = 38
"""In one command, as the reference firmware takes them."""


def estimate_frame(model: Model, board: BoardCard, optimize: str = BALANCED) -> FrameEstimate:
    """Return the estimate for one frame of noise, features and model.

    Raises
    ------
    EdgebenchError
        As `estimate_inference`, and if the model does not stream.
    """
    core, timing = timing_of(board)
    image = build_image(
        model, emulated_board_of(board), ImageOptions(optimize, benchmark=STREAMING)
    )
    blocks = count_blocks(image, timing, Counted(TAKE, _extract))
    compiler = compiler_of(firmware_of(image.board))
    sites = classes_by_site(blocks, disassembled(compiler, image.path, core.machine))
    features = sum(sites.values(), Classes())
    inference = estimate_inference(model, board, optimize)
    correction = correction_for(board, optimize)
    return FrameEstimate(
        features_instructions=features.instructions,
        model_instructions=inference.counts.instructions,
        features=estimate(features, core, timing, correction=correction),
        whole=estimate(features + inference.counts, core, timing, correction=correction),
    )


def load_noise(device: Device) -> None:
    """Load a block of noise, as the reference firmware takes audio over the serial line."""
    noise = np.random.default_rng(SEED).integers(-3000, 3000, HOP_SAMPLES)
    block = noise.astype("<i2").tobytes()
    # Not as an input is loaded: a device's checksum is of that, not of a block of audio.
    device.ask("db", "load", len(block))
    for begin in range(0, len(block), DB_BYTES):
        device.ask("db", block[begin : begin + DB_BYTES].hex())


def _extract(device: Device) -> None:
    load_noise(device)
    device.ask("extract")
