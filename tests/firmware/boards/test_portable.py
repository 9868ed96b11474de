"""The portable kernels in true images under QEMU: the reference's bytes, and how many instructions
they take."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.firmware.building.image import build_image, firmware_of
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.resolve import resolve_model
from tests.firmware.compiled import by_tflm

COUNT = 3


@pytest.mark.parametrize(
    ("board", "name", "most"),
    [("mps2-an385", "kws-ds-cnn", 10_500_000), ("riscv-virt", "digits-resnet8", 50_000_000)],
)
def test_exact_with_few_instructions(board: str, name: str, most: int) -> None:
    card, model = board_card(board), resolve_model(name)
    emulator = card.emulator
    assert emulator is not None
    for program in (firmware_of(card).compiler, emulator.command[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (`make test` installs it)")
    values = np.random.default_rng(7).integers(-128, 128, model.facts.inputs[0].elements)
    stored = values.astype(np.int8)
    image = build_image(model, card)
    with EmulatedBoard(image) as emulated, Link(emulated.port) as link:
        device = Device(link, clock_is_real=False)
        device.wake()
        device.load(stored.tobytes())
        timed = device.infer(COUNT, 0)
    np.testing.assert_array_equal(np.frombuffer(timed.outputs[0], np.int8), by_tflm(model)(stored))
    assert timed.device_us * emulator.instructions_per_us / COUNT <= most
