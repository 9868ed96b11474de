"""MLPerf Tiny's interface board and the device that listens to it, open for a streaming test."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgebench.clock import now_ns
from edgebench.device.interface_board import InterfaceBoard, Listener
from edgebench.device.options import DEFAULT_BAUD, LinkOptions
from edgebench.device.port.link import Link
from edgebench.device.port.transcript import Transcript
from edgebench.errors import DeviceMismatch
from edgebench.harness.device_request import EMULATED_INTERFACE, DeviceRequest
from edgebench.harness.devices.emulated import Emulated, EmulationOptions
from edgebench.mlperf.tiny.detections import duty_cycle_of
from edgebench.mlperf.tiny.files import TinyHead
from edgebench.mlperf.tiny.inputs import TinyBenchmark
from edgebench.mlperf.tiny.stream_files import StreamRun
from edgebench.mlperf.tiny.stream_test import StreamTest
from edgebench.models.resolve import Model
from edgebench.rundir.records.device import DeviceRecord
from edgebench.rundir.records.sut import SutDescription
from edgebench.runtime_settings import RuntimeSettings
from edgebench.virtual.emulated_interface import EmulatedInterface
from edgebench.virtual.interface_board.audio_wire import audio_socket

BENCHMARK: TinyBenchmark = "sww01"
SETTLE_S = 0.25
"""After the last sample the device still computes."""
CLOCK = "the interface board's"


@dataclass(frozen=True)
class Heard:
    """The answers of a test, and when they came by the host's clock.

    Attributes
    ----------
    asked_ns, answered_ns
        When the device was asked to listen, and when it had answered that it stopped.
    began_ns, ended_ns
        When it had answered that it listens, and when it was asked to stop.
    """

    run: StreamRun
    asked_ns: int
    began_ns: int
    ended_ns: int
    answered_ns: int


class ListeningRig:
    """The rig of a streaming test: the board, and the device that listens.

    Parameters
    ----------
    stack
        Closes all of it.
    wav
        The recording, for an emulated board's card.
    is_fast
        Whether an emulated board plays as fast as the device takes it.
    marker
        What an emulated device's marker pin is wired to.

    Raises
    ------
    DeviceError
        If one of them does not answer.
    DeviceMismatch
        If the device runs another benchmark.
    """

    def __init__(
        self,
        asked: DeviceRequest,
        stack: ExitStack,
        model: Model,
        wav: Path,
        *,
        is_fast: bool,
        marker: Path | None = None,
    ) -> None:
        self._asked = asked
        self.transcript = stack.enter_context(Transcript())
        device, interface = _ports(asked, stack, model, wav, is_fast, marker)
        host_line = LinkOptions(DEFAULT_BAUD, asked.reset)
        link = stack.enter_context(Link(interface, host_line, self.transcript))
        self.board = InterfaceBoard(link)
        self.board_name = self.board.name()
        own = None
        if device == interface:
            self.board.set_baud(asked.baud)
        else:
            own = stack.enter_context(
                Link(device, LinkOptions(asked.baud, asked.reset), self.transcript)
            )
        self.device = Listener(self.board, own)
        self.device.identify()
        if self.device.said_model != BENCHMARK:
            raise DeviceMismatch(
                f"{self.device.port}: the device runs {self.device.said_model}, a streaming test "
                f"is for {BENCHMARK}"
            )

    @property
    def description(self) -> SutDescription:
        """The device as a system under test."""
        return SutDescription(
            name=self.device.said_name or "device",
            runtime=f"serial device {self._asked.port} behind {self.board_name}",
            runtime_version=self.device.said_profile or "unknown",
            settings=RuntimeSettings(instance_kind="threads"),
            delegates=(),
            clock=CLOCK,
        )

    def record(self) -> DeviceRecord:
        """Return the device's record."""
        return DeviceRecord(
            port=self._asked.port,
            baud=self._asked.baud,
            name=self.device.said_name,
            profile=self.device.said_profile,
            model=self.device.said_model,
            extensions="",
            is_emulated=self._asked.is_emulated,
        )

    def head(self) -> TinyHead:
        """Return what the test's log begins with."""
        device = self.device
        return TinyHead(
            device.port,
            self._asked.baud,
            device.said_name,
            device.said_profile,
            device.said_model,
        )

    def run(self, test: StreamTest) -> Heard:
        """Run a test.

        Raises
        ------
        DeviceError
            If the board or the device fails.
        LogInvalid
            If the board has seen nothing of the device's pins.
        """
        asked = now_ns()
        self.device.start()
        began = now_ns()
        self.board.record()
        self.board.play(test.wav_file, test.length_sec)
        time.sleep(SETTLE_S)
        ended = now_ns()
        activations = self.device.stop()
        answered = now_ns()
        run = StreamRun(
            test, self.board.detections(), duty_cycle_of(*self.board.duty_cycle()), activations
        )
        return Heard(run, asked, began, ended, answered)


def _ports(
    asked: DeviceRequest,
    stack: ExitStack,
    model: Model,
    wav: Path,
    is_fast: bool,
    marker: Path | None,
) -> tuple[str, str]:
    """Return the ports of the device and of the board, of an emulated device both the board's."""
    if asked.interface != EMULATED_INTERFACE:
        return asked.port, str(asked.interface)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgebench-interface-")))
    card = folder / "card"
    card.mkdir()
    (card / wav.name).symlink_to(wav.resolve())
    server = stack.enter_context(audio_socket(folder / "audio"))
    device = stack.enter_context(Emulated(model.spec, _emulation(asked, folder, marker)))
    board = EmulatedInterface(
        device.port,
        card,
        baud=asked.baud,
        audio=server,
        is_fast=is_fast,
    )
    port = stack.enter_context(board).port
    return port, port


def _emulation(asked: DeviceRequest, folder: Path, marker: Path | None) -> EmulationOptions:
    return EmulationOptions(
        benchmark=BENCHMARK,
        baud=asked.baud,
        inject=asked.inject,
        marker=marker,
        audio=folder / "audio",
    )
