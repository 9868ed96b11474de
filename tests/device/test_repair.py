"""How often what fails on a line is tried again, before it is given up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edgebench.device.client import Device
from edgebench.device.options import DEFAULT_RETRIES
from edgebench.device.repair import MOST_PLACES, Repair
from edgebench.device.timing import Timed
from edgebench.errors import AnswerDamaged, DeviceError
from edgebench.models.resolve import Model
from edgebench.sut.device import DeviceSut
from tests.device.conftest import Opened

EXCHANGES = 16


@pytest.fixture
def device(open_device: Opened, monkeypatch: pytest.MonkeyPatch) -> Device:
    """A device whose line is good, so that looking for it again may be left out."""
    opened = open_device()
    monkeypatch.setattr(Repair, "recover", lambda repair: repair._talk.forget_contents())
    return opened


class Noisy:
    """A step of several exchanges, each try of which fails at a stated one."""

    def __init__(self, device: Device, places: Sequence[int]) -> None:
        self.device, self.places, self.tries = device, iter(places), 0

    def __call__(self) -> str:
        self.tries += 1
        place = next(self.places, EXCHANGES)
        for _ in range(place):
            self.device.ask("name")
        if place < EXCHANGES:
            raise AnswerDamaged(f"exchange {place} was damaged")
        return "done"


def test_an_input_of_many_parts_is_tried_as_long_as_it_fails_elsewhere(device: Device) -> None:
    places = [5, 9, 5, 2, 9, 13, 5, 2, 11, 7, 3, 9]
    assert len(places) > DEFAULT_RETRIES
    step = Noisy(device, places)
    assert device.repaired(step, "an input") == "done"
    assert step.tries == len(places) + 1


@pytest.mark.parametrize("retries", [0, 2, DEFAULT_RETRIES])
def test_what_fails_at_the_same_exchange_is_given_up_after_the_retries(
    device: Device, retries: int
) -> None:
    device.retries = retries
    step = Noisy(device, [4] * 50)
    with pytest.raises(AnswerDamaged, match="exchange 4"):
        device.repaired(step, "an input")
    assert step.tries == retries + 1


def test_a_line_on_which_nothing_gets_through_is_given_up(device: Device) -> None:
    step = Noisy(device, [1, 2] * 50)
    with pytest.raises(AnswerDamaged):
        device.repaired(step, "an input")
    assert step.tries == 2 * DEFAULT_RETRIES + 1


def test_a_device_that_reboots_at_changing_places_is_given_up(device: Device) -> None:
    step = Noisy(device, [11, 12] * 50)
    with pytest.raises(AnswerDamaged):
        device.repaired(step, "an input")
    assert step.tries == MOST_PLACES * DEFAULT_RETRIES + 1


def test_of_many_outputs_on_a_noisy_line_each_is_asked_for_alone(
    device: Device, small: Model, right: bytes, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_slots = device.run_slots
    lengths: list[int] = []

    def damaged(first: int, inputs: Sequence[bytes]) -> Timed:
        lengths.append(len(inputs))
        if len(inputs) > 1:
            raise AnswerDamaged("one of the outputs was damaged")
        return from_slots(first, inputs)

    monkeypatch.setattr(device, "run_slots", damaged)
    sut = DeviceSut(small, device, device.port)
    sut._rows = dict.fromkeys(range(3), data)
    sut._homes = {index: index for index in range(3)}
    inference = sut.infer([0, 1, 2])
    assert lengths == [3, 1, 1, 1]
    assert inference.outputs.tobytes()[: len(right)] == right
    assert len(inference.outputs) == 3
    device.retries = 0
    with pytest.raises(DeviceError, match="one of the outputs"):
        sut.infer([0, 1, 2])


def test_noise_does_not_make_commands_shorter_that_the_device_is_known_to_take(
    device: Device, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = device.loading.compare
    left = [AnswerDamaged("noise")] * 3

    def noisy(loaded: bytes) -> None:
        if left:
            raise left.pop()
        compare(loaded)

    monkeypatch.setattr(device.loading, "compare", noisy)
    device.repaired(lambda: device.load(data), "an input")
    assert device.loading.piece_bytes == device.chunk_bytes
