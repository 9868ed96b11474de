"""From a .tflite to firmware that answers: on a board, or in the emulator that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edgebench.boards.card import BoardCard
from edgebench.device.client import Device
from edgebench.device.conversation import Identity
from edgebench.device.port.link import Link
from edgebench.device.probe import ports_of
from edgebench.device.repair import BOOT_S
from edgebench.errors import DeviceError, DeviceNotFound
from edgebench.events import OnEvent, ignore
from edgebench.firmware.building.image import Image, ImageOptions, build_image, firmware_of
from edgebench.firmware.cycles.estimate import CycleEstimate
from edgebench.firmware.engines.choice import note_on
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.firmware.running.flash import flash as write_flash
from edgebench.harness.devices.costs.time_estimates import (
    learn_from,
    try_estimate,
    try_time_on_board,
)
from edgebench.models.resolve import Model
from edgebench.text.brief import Brief
from edgebench.text.sentences import and_then


@dataclass(frozen=True, repr=False)
class Deployed(Brief):
    """A model, its image, what the firmware answered (None: built only), and on which port.

    ``estimate`` is of an inference's time: of an emulated board, or of a real one that was flashed,
    whose own time ``measured_us`` corrects it. None where there is none, which an event explains.
    """

    model: Model
    image: Image
    identity: Identity | None
    port: str | None = None
    estimate: CycleEstimate | None = None
    measured_us: float | None = None


@dataclass(frozen=True)
class Flashing:
    """How a real board is written: by which of its card's programs (None: the first that is
    installed), and on which serial port it answers (None: found by the card's USB ids).
    """

    flasher: str | None = None
    port: str | None = None


def deploy(
    model: Model,
    board: BoardCard,
    options: ImageOptions,
    flashing: Flashing | None = None,
    on_event: OnEvent = ignore,
) -> Deployed:
    """Build a model's firmware for a board, start it, ask who it is.

    Parameters
    ----------
    flashing
        None boots the emulator that the board's card names; without one the image is only built.
    on_event
        Called with what is going on.

    Raises
    ------
    EdgebenchError
        As `build_image`, `port_of` and `running`.
    """
    on_event(f"building {model.label} for {board.name}")
    image = build_image(model, board, options)
    note = note_on(firmware_of(board).kernels, options.optimize)
    if note and options.engine == OWN:
        on_event(note)
    if flashing is None and board.emulator is None:
        return Deployed(model, image, None)
    port = None if flashing is None else flashing.port or port_of(board)
    flasher = None if flashing is None else flashing.flasher
    measured_us = None
    with running(image, port, flasher, on_event) as client:
        identity = client.identity
        if identity.arena_bytes == 0:
            raise DeviceError(
                f"{image.engine} can't plan {model.label}: an op is missing, or its arena is small"
            )
        if port is not None and board.timing is not None:
            on_event("timing an inference, which corrects estimates for this board")
            measured_us = try_time_on_board(client, model, on_event)
    if measured_us and options.engine == OWN:
        learn_from(model, board, options.optimize, measured_us, on_event)
    # An emulated board's own image is what is executed; a real one's twin is built for it.
    own = image if port is None else None
    found = try_estimate(model, board, options.optimize, own, on_event, options.engine)
    estimate = found.estimate if found else None
    return Deployed(model, image, identity, port, estimate, measured_us)


@contextmanager
def running(
    image: Image,
    port: str | None,
    flasher: str | None = None,
    on_event: OnEvent = ignore,
    boot_s: float = BOOT_S,
) -> Iterator[Device]:
    """Start an image and yield the device that answers.

    Parameters
    ----------
    port
        A real board's, which is flashed; None boots the emulator.
    boot_s
        How long a real board may take to answer.

    Raises
    ------
    FlashFailed
        If a real board can't be written.
    DeviceError
        If the firmware does not answer.
    """
    if port is None:
        on_event(f"booting {image.path.name}")
        with EmulatedBoard(image) as emulated, Link(emulated.port, clock=emulated.clock) as link:
            device = Device(link, clock_is_real=False)
            try:
                device.wake()
            except DeviceError as error:
                said = emulated.last_words
                raise type(error)(and_then(error, f"The emulator said {said}")) from error
            yield device
        return
    on_event(f"flashing {image.board.name}")
    written_by = write_flash(image, flasher)
    on_event(f"waiting for it on {port}")
    with Link(port) as link:
        device = Device(link)
        try:
            device.wake(boot_s)
        except DeviceError as error:
            raise type(error)(
                f"{image.board.name} was flashed by {written_by}, but: {error}; press its reset "
                "button, or name another port with `device`"
            ) from error
        yield device


def port_of(board: BoardCard) -> str:
    """Return a board's serial port.

    Raises
    ------
    DeviceNotFound
        If none has its USB ids, or more than one.
    """
    found = ports_of(board.usb)
    if len(found) != 1:
        what = "no port" if not found else f"{len(found)} ports ({', '.join(found)})"
        raise DeviceNotFound(
            f"{what} with {board.name}'s USB id ({', '.join(board.usb) or 'its card has none'}): "
            "is it plugged in? Name the port with `device`; `edgebench devices` lists them",
            field="device",
        )
    return found[0]
