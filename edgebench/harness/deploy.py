"""From a .tflite to firmware that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edgebench.boards.card import board_card
from edgebench.device.client import Device, Identity
from edgebench.device.link import Link
from edgebench.firmware.emulate import EmulatedBoard
from edgebench.firmware.image import Image, build_image
from edgebench.models.resolve import Model, resolve_model


@dataclass(frozen=True)
class Deployed:
    """A model, its image, and what the firmware answered."""

    model: Model
    image: Image
    identity: Identity


def deploy(model: str, board: str, told: Callable[[str], None] = lambda _: None) -> Deployed:
    """Build a model's firmware for a board, boot it in the board's emulator, ask who it is.

    Raises
    ------
    BoardNotFound, ToolchainMissing, UsageError
        If there is no such board, or what it needs is not installed.
    ModelNotSupported, BuildFailed
        If the model can't be compiled, or the image does not fit.
    DeviceError
        If the firmware does not answer.
    """
    card, resolved = board_card(board), resolve_model(model)
    told(f"building {resolved.label} for {board}")
    image = build_image(resolved, card)
    told(f"booting {image.path.name}")
    with EmulatedBoard(image) as emulated, Link(emulated.port) as link:
        return Deployed(resolved, image, Device(link).wake())
