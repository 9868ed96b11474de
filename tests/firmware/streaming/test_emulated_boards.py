"""Boards in QEMU that listen: activations, pins, and the share of time that a frame takes."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.datasets.log_mel import HOP_SAMPLES
from edgebench.device.client import Device
from edgebench.device.messages import Noise
from edgebench.device.port.link import Link
from edgebench.errors import DeviceFailed, UsageError
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.models.resolve import Model, resolve_model
from tests.firmware.streaming.listening_program import Edge, check_edges, edges_of, expected, raw
from tests.firmware.streaming.made import Audio, left_channel, made_audio, streaming_model

BOARDS = ("mps2-an385", "mps2-an386", "mps2-an500", "mps3-an547")
HEARD_S = 60.0
PERIOD_US = HOP_SAMPLES / 16_000 * 1e6
PIN_CLOCK_MHZ = 120
pytestmark = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc and qemu-system-arm are not installed (`make test` installs them)",
)


@dataclass(frozen=True)
class Heard:
    """What a board has said: its answer to stop%, and the lines of its wire."""

    answer: str
    lines: Sequence[str]

    @property
    def activations(self) -> list[int]:
        """Those of the answer."""
        found = re.search(r"target activations:\s*\[(.*?)\]", self.answer, re.DOTALL)
        assert found is not None
        return [int(each) for each in found[1].split(",")]

    @property
    def edges(self) -> list[Edge]:
        """Those of both pins."""
        return edges_of("".join(self.lines))

    @property
    def frame_us(self) -> list[int]:
        """How long each frame was computed for."""
        times = [each.us for each in self.edges if each.pin == "PROCESSING"][2:]
        return [end - begin for begin, end in zip(times[::2], times[1::2], strict=True)]


def heard(model: Model, board: str, audio: Audio, folder: Path) -> Heard:
    """Let a board detect in audio, as fast as it takes it."""
    image = build_image(model, board_card(board), ImageOptions(benchmark="sww01"))
    lines: list[str] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "wire"))
        server.listen(1)
        with EmulatedBoard(image, folder / "wire") as emulated, Link(emulated.port) as link:
            wire, _ = server.accept()
            threading.Thread(target=lambda: lines.extend(wire.makefile()), daemon=True).start()
            device = Device(link, clock_is_real=False)
            assert device.wake().model == "sww01"
            device.ask("start")
            wire.sendall(raw(audio))
            deadline = time.monotonic() + HEARD_S
            while not lines or lines[-1] != f"heard {audio.size}\n":
                assert time.monotonic() < deadline, lines[-2:]
                time.sleep(0.02)
            said = [each for each in device.ask("stop") if isinstance(each, Noise)]
            answer = "\n".join(each.text for each in said)
    return Heard(answer, tuple(lines))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("model") / "made.tflite"
    path.write_bytes(streaming_model().to_bytes())
    return resolve_model(str(path))


@pytest.mark.parametrize("board", BOARDS)
def test_an_image_detects_as_the_program_does(board: str, model: Model, tmp_path: Path) -> None:
    audio = made_audio("words", 1.0)
    outputs = expected(model, audio)
    found = heard(model, board, audio, tmp_path)
    assert found.activations == outputs
    check_edges(found.edges, outputs, model)
    # QEMU counts instructions: but for a detection's pulse, each frame takes nearly the same.
    assert max(found.frame_us) < 1.05 * min(found.frame_us)


def test_the_reference_model_s_duty_cycle_in_instructions(tiny: Path, tmp_path: Path) -> None:
    model = resolve_model(str(tiny / "models" / "str_ww_ref_model.tflite"))
    audio = left_channel(tiny / "sww01" / "short_wav_easy10s.wav")
    found = heard(model, "mps2-an386", audio, tmp_path)
    assert found.activations == expected(model, audio)
    mean_us = sum(found.frame_us) / len(found.frame_us)
    # The reference takes 0.559 of the time at this clock: 2.15 million cycles.
    assert mean_us * PIN_CLOCK_MHZ < 1_300_000
    assert mean_us / PERIOD_US < 0.35


def test_a_board_whose_wire_has_gone_still_answers(model: Model, tmp_path: Path) -> None:
    """It goes on with what it has been sent, more edges than a pipe holds."""
    image = build_image(model, board_card("mps2-an386"), ImageOptions(benchmark="sww01"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wire"))
        server.listen(1)
        with EmulatedBoard(image, tmp_path / "wire") as emulated, Link(emulated.port) as link:
            wire, _ = server.accept()
            device = Device(link, clock_is_real=False)
            device.wake()
            device.ask("start")
            wire.sendall(bytes(2 * HOP_SAMPLES * 1200))
            wire.close()
            deadline = time.monotonic() + HEARD_S
            while "frames=1200]" not in "".join(map(str, device.ask("state", timeout_s=HEARD_S))):
                assert time.monotonic() < deadline
                time.sleep(0.1)


def test_a_board_without_a_wire_has_no_audio(model: Model, tmp_path: Path) -> None:
    board = board_card("mps2-an386")
    streams = build_image(model, board, ImageOptions(benchmark="sww01"))
    with EmulatedBoard(streams) as emulated, Link(emulated.port) as link:
        device = Device(link, clock_is_real=False)
        device.wake()
        with pytest.raises(DeviceFailed, match="this board's port has no audio input"):
            device.ask("start")
    plain = build_image(model, board, ImageOptions())
    with pytest.raises(UsageError, match="takes no audio: build it for sww01"):
        EmulatedBoard(plain, tmp_path / "wire")
    with pytest.raises(UsageError, match="nobody listens at the socket"):
        EmulatedBoard(streams, tmp_path / "nowhere")
