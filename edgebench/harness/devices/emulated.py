"""A device without hardware for another program to talk to: its port stays open."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

from edgebench.boards.card import board_card
from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.device.client import Device
from edgebench.device.conversation import Identity
from edgebench.device.options import DEFAULT_BAUD, LinkOptions
from edgebench.device.port.link import Link
from edgebench.device_place import EmulatedDevice
from edgebench.errors import DeviceError, DeviceLost, UsageError
from edgebench.firmware.building.host import HostOptions, build_host
from edgebench.firmware.building.image import ImageOptions, build_image
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.devices.rig import emulated_model
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.models.resolve import Model, resolve_model
from edgebench.virtual.emulated_device import EmulatedPort
from edgebench.virtual.port_link import PortLink


@dataclass(frozen=True)
class EmulationOptions:
    """How a device is emulated.

    Attributes
    ----------
    board
        Whose image is booted in the emulator that its card names; None for a program of this
        machine behind a serial line.
    benchmark
        MLPerf Tiny's, whose inputs the firmware takes and by whose name it is called.
    baud, inject, extensions
        Of a program of this machine: its line's rate and faults, and whether it has our commands.
    marker
        A datagram socket that its marker pin is wired to.
    audio
        The socket that it takes samples from:
        `edgebench.virtual.interface_board.audio_wire.audio_socket`.
    engine
        What computes the network: `edgebench.firmware.external.find.engine_of`.
    """

    board: str | None = None
    benchmark: TinyBenchmark | None = None
    baud: int = DEFAULT_BAUD
    inject: tuple[str, ...] = ()
    extensions: bool = True
    marker: Path | None = None
    audio: Path | None = None
    engine: str = OWN

    def __post_init__(self) -> None:
        if self.board is None:
            return
        for each in fields(self):
            is_hosts = each.name in ("baud", "inject", "extensions", "marker")
            if is_hosts and getattr(self, each.name) != each.default:
                raise UsageError(
                    f"`{each.name}` is for a program of this machine: an emulated board's firmware "
                    "has its own",
                    field=each.name,
                )


class Emulated(CloseOnExit):
    """A context manager: a device that has booted and answers at `port`.

    Parameters
    ----------
    name
        The model: a card's name, a path, or MLPerf Tiny's short name.
    port_link
        A second name for the port.

    Raises
    ------
    EdgebenchError
        If it can't be built or started, or does not answer.
    """

    def __init__(self, name: str, options: EmulationOptions, port_link: Path | None = None) -> None:
        self.model: Model = resolve_model(emulated_model(EmulatedDevice(name)))
        self._stack = ExitStack()
        with self._stack as stack:
            self._emulator = _started(self.model, options)
            stack.enter_context(self._emulator)
            self.port: str = self._emulator.port
            self.identity: Identity = _asked(self._emulator, options)
            if port_link is not None:
                stack.enter_context(PortLink(port_link, self.port))
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Stop the device; its port goes."""
        self._stack.close()

    @property
    def is_running(self) -> bool:
        """Whether the emulator has not ended."""
        return self._emulator.is_running

    def wait(self) -> None:
        """Stay until the emulator ends by itself.

        Raises
        ------
        DeviceLost
            When it does.
        """
        self._emulator.wait()
        raise DeviceLost(f"the emulated device at {self.port} has ended{_words(self._emulator)}")


def _started(model: Model, options: EmulationOptions) -> EmulatedPort | EmulatedBoard:
    if options.board is not None:
        card = board_card(options.board)
        image = build_image(
            model, card, ImageOptions(benchmark=options.benchmark, engine=options.engine)
        )
        return EmulatedBoard(image, options.audio)
    built = HostOptions(
        extensions=options.extensions, benchmark=options.benchmark, engine=options.engine
    )
    return EmulatedPort(
        build_host(model, built), options.baud, options.inject, options.marker, options.audio
    )


def _asked(emulator: EmulatedPort | EmulatedBoard, options: EmulationOptions) -> Identity:
    """Wait until it has booted: what it prints then must not answer another program's question."""
    clock = emulator.clock if isinstance(emulator, EmulatedBoard) else now_ns
    with Link(emulator.port, LinkOptions(options.baud), clock=clock) as link:
        try:
            return Device(link, clock_is_real=options.board is None).wake()
        except DeviceError as error:
            raise type(error)(f"{error}{_words(emulator)}") from error


def _words(emulator: EmulatedPort | EmulatedBoard) -> str:
    return f". It said {emulator.last_words}" if isinstance(emulator, EmulatedBoard) else ""
