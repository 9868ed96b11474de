"""A frame of a streaming wake word: the instructions and cycles of its features and its model."""

from __future__ import annotations

import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.messages import Lap
from edgebench.device.port.link import Link
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.cycles.estimate import FrameEstimate
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.devices.costs.frame import estimate_frame, load_noise
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.streaming.made import streaming_model

pytestmark = needs_qemu
BOARD = "mps2-an386"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("model") / "made.tflite"
    path.write_bytes(streaming_model().to_bytes())
    return resolve_model(str(path))


@pytest.fixture(scope="module")
def frame(model: Model) -> FrameEstimate:
    return estimate_frame(model, board_card(BOARD))


def test_as_many_of_features_are_counted_as_the_emulator_s_clock_says(
    model: Model, frame: FrameEstimate
) -> None:
    board = board_card(BOARD)
    image = build_image(model, board, ImageOptions(benchmark="sww01"))
    assert board.emulator is not None
    with EmulatedBoard(image) as emulated, Link(emulated.port, clock=emulated.clock) as link:
        device = Device(link, clock_is_real=False)
        device.wake()
        load_noise(device)
        begin, end = (each.us for each in device.ask("extract") if isinstance(each, Lap))
    by_clock = (end - begin) * board.emulator.instructions_per_us
    assert frame.features_instructions == pytest.approx(by_clock, rel=0.005)


def test_a_frame_takes_its_features_and_its_model(frame: FrameEstimate) -> None:
    assert 0 < frame.features.cycles < frame.whole.cycles
    assert frame.whole.cycles > frame.features_instructions + frame.model_instructions
    # A clock of 120 MHz has 3,840,000 cycles in 32 ms.
    assert frame.whole.clock_mhz == 120
    assert frame.share(3_840_000) == pytest.approx(1)
