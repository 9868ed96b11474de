"""Layers timed on an emulated board."""

from __future__ import annotations

import pytest

from edgebench.boards.card import board_card
from edgebench.device.client import Device
from edgebench.device.port.link import Link
from edgebench.errors import DeviceError
from edgebench.firmware.building.host import build_host
from edgebench.firmware.building.image import build_image
from edgebench.harness.devices.costs.profile import profile
from edgebench.harness.devices.deploy import running
from edgebench.models.resolve import resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from tests.firmware.boards.test_dsp import needs_qemu


@needs_qemu
@pytest.mark.parametrize("board", ["mps2-an386", "riscv-virt"])
def test_layers_add_up_to_the_whole(board: str) -> None:
    found = profile("kws-ds-cnn", board)
    facts = resolve_model("kws-ds-cnn").facts
    assert sum(each.macs for each in found.layers) == facts.macs
    assert [each.op_name for each in found.layers] == [
        op.name for op in facts.ops if op.name != "RESHAPE"
    ]
    with running(build_image(resolve_model("kws-ds-cnn"), board_card(board)), None) as device:
        device.load(bytes(facts.inputs[0].size_bytes))
        whole_us = device.infer(20, 0).device_us / 20
    assert found.time_us == pytest.approx(whole_us, rel=0.01)
    assert found.instructions == pytest.approx(whole_us * 15.625, rel=0.01)


def test_firmware_that_is_not_built_for_it_says_so() -> None:
    program = build_host(resolve_model("machine-autoencoder"))
    with EmulatedPort(program) as emulated, Link(emulated.port) as link:
        device = Device(link)
        device.wake()
        with pytest.raises(DeviceError, match="not built to be profiled"):
            device.steps(1)
