"""One benchmark's table: a device, and an interface board in front of it."""

from __future__ import annotations

from contextlib import ExitStack
from math import ceil
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit
from edgebench.device.client import Device
from edgebench.device.options import LinkOptions
from edgebench.device.port.link import Link
from edgebench.harness.devices.emulated import Emulated, EmulationOptions
from edgebench.harness.rehearsal.benchmarks import REHEARSED
from edgebench.harness.rehearsal.request import RehearsalRequest
from edgebench.harness.rehearsal.runner_data import write_inputs, write_stream
from edgebench.harness.rehearsal.runner_files import StagePorts
from edgebench.models.resolve import resolve_model
from edgebench.virtual.emulated_interface import EmulatedInterface
from edgebench.virtual.interface_board.audio_wire import audio_socket

TRIED = 20
"""Inferences from which the length of a window follows."""
LEAST_TRIED_US = 1_000
MOST_TRIED = 200_000
LEAST_INFERENCES = 10
HOLD_S = 0.5
"""The runner takes the meter's last event when an answer ends."""


class Stage(CloseOnExit):
    """A context manager: everything of one benchmark but the meter.

    Parameters
    ----------
    name
        The benchmark's short name.
    marker
        What the device's marker pin is wired to.
    wires
        A folder for sockets.
    """

    def __init__(self, name: str, asked: RehearsalRequest, marker: Path, wires: Path) -> None:
        self.name = name
        benchmark = REHEARSED[name]
        model = resolve_model(asked.models.get(name, benchmark.model))
        data, card = asked.out / "datasets" / benchmark.name, asked.out / "card"
        self._stack = ExitStack()
        with self._stack as stack:
            audio = server = None
            if benchmark.is_streamed:
                write_stream(data, card, Path(asked.datasets[name]))
                audio = wires / benchmark.name
                server = stack.enter_context(audio_socket(audio))
            else:
                named = asked.datasets.get(name)
                first = write_inputs(data, model, named, benchmark, asked.inputs)
            options = EmulationOptions(
                benchmark=benchmark.name,
                baud=asked.baud,
                extensions=False,
                marker=marker,
                audio=audio,
            )
            self._device = stack.enter_context(Emulated(str(model.path), options))
            port = self._device.port
            iterations = 0
            if not benchmark.is_streamed:
                iterations = _iterations(port, asked, first)
            self._interface = stack.enter_context(
                EmulatedInterface(
                    port,
                    card,
                    baud=asked.baud,
                    audio=server,
                    is_fast=asked.is_fast,
                    hold_s=HOLD_S,
                )
            )
            self.ports = StagePorts(benchmark, port, self._interface.port, iterations)
            self._stack = stack.pop_all()

    @property
    def is_running(self) -> bool:
        """Whether both still are."""
        return self._device.is_running and self._interface.is_running

    def close(self) -> None:
        """Stop the device and the board."""
        self._stack.close()


def _iterations(port: str, asked: RehearsalRequest, data: bytes) -> int:
    """Return how many inferences fill a window."""
    with Link(port, LinkOptions(asked.baud)) as link:
        device = Device(link)
        device.wake()
        device.load(data)
        count = TRIED
        timed = device.infer(count)
        # A clock of microseconds says nothing of twenty inferences that take one of them.
        while timed.device_us < LEAST_TRIED_US and count < MOST_TRIED:
            count *= 10
            timed = device.infer(count)
    per_second = count * 1e6 / max(timed.device_us, 1)
    return max(LEAST_INFERENCES, ceil(asked.window_s * per_second))
