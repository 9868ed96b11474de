"""An inference timed on a board, whose firmware runs on this machine: every input gets there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.errors import DeviceFailed
from edgebench.events import OnEvent, ignore
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.building.image import ImageOptions
from edgebench.harness.devices.costs import time_estimates
from edgebench.harness.devices.costs.time_estimates import time_on_board, try_time_on_board
from edgebench.harness.devices.deploy import Flashing, deploy
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.networks.test_several_ends import mixed
from tests.models.made_models import dense_model

FAST = 921_600


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("small") / "small.tflite"
    path.write_bytes(dense_model((40, 40), "int8").to_bytes())
    return resolve_model(str(path))


@contextmanager
def device_of(
    model: Model,
    benchmark: TinyBenchmark | None = None,
    faults: Sequence[str] = (),
    retries: int = 3,
    on_event: OnEvent = ignore,
) -> Iterator[Device]:
    program = build_host(model, HostOptions(benchmark=benchmark))
    with EmulatedPort(program, FAST, faults) as port, Link(port.port, LinkOptions(FAST)) as link:
        device = Device(link, retries=retries, on_event=on_event)
        device.wake()
        yield device


@pytest.mark.parametrize("benchmark", [None, "ic01", "ad01"])
def test_an_input_is_sent_as_the_firmware_takes_it(
    benchmark: TinyBenchmark | None, small: Model
) -> None:
    with device_of(small, benchmark) as device:
        assert time_on_board(device, small) > 0


def test_all_of_several_inputs_are_sent(tmp_path: Path) -> None:
    model = mixed(tmp_path)
    with device_of(model) as device:
        assert time_on_board(device, model) > 0


def test_a_board_that_boots_meanwhile_is_timed_again(small: Model) -> None:
    said: list[str] = []
    with device_of(small, faults=("reboot=100", "boot=10"), on_event=said.append) as device:
        assert time_on_board(device, small) > 0
    assert any("tried again" in each for each in said)


def test_a_board_that_can_not_be_timed_is_no_failure(small: Model, tmp_path: Path) -> None:
    said: list[str] = []
    with device_of(small, retries=0) as device:
        assert try_time_on_board(device, mixed(tmp_path), said.append) is None
    assert "could not be timed" in said[-1]


@needs_qemu
def test_a_board_that_was_flashed_is_deployed_without_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refusing(device: Device, model: Model) -> float:
        raise DeviceFailed(f"{device.identity.name} will not")

    monkeypatch.setattr(time_estimates, "time_on_board", refusing)
    model = resolve_model("machine-autoencoder")
    board = replace(board_card("nucleo-l4r5zi"), flashers={"none": ("true", "{elf}")})
    said: list[str] = []
    with EmulatedPort(build_host(model)) as port:
        found = deploy(model, board, ImageOptions(), Flashing(port=port.port), said.append)
    assert found.identity is not None and found.identity.model == "machine-autoencoder"
    assert found.measured_us is None
    assert found.estimate is not None and found.estimate.corrected_by == 0
    assert any("could not be timed" in each for each in said)
