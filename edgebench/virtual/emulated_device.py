"""A device with no hardware: a program behind the test kit's serial line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgebench.close_on_exit import CloseOnExit
from edgebench.device.options import DEFAULT_BAUD
from edgebench.errors import DeviceNotResponding
from edgebench.files.refusals import refusal
from edgebench.processes.child import end
from edgebench.virtual.announce import start_player
from edgebench.virtual.serial_faults import parse_faults


class EmulatedPort(CloseOnExit):
    """A context manager: starts the line and the device, and has the port's path.

    Parameters
    ----------
    marker
        A datagram socket that the marker pin is wired to.
    audio
        The socket of an interface board that the device takes samples from; see
        `edgebench.virtual.interface_board.audio_wire`.

    Raises
    ------
    UsageError
        If a fault is unknown.
    DeviceNotResponding
        If the line or the device can't be started.
    """

    def __init__(
        self,
        program: Path,
        baud: int = DEFAULT_BAUD,
        inject: Sequence[str] = (),
        marker: Path | None = None,
        audio: Path | None = None,
    ) -> None:
        parse_faults(inject)
        options = [word for fault in inject for word in ("--inject", fault)]
        if marker is not None:
            options += ["--marker", str(marker)]
        if audio is not None:
            options += ["--audio", str(audio)]
        words = [str(program), "--baud", str(baud), *options]
        try:
            self._process, self.port = start_player("edgebench.virtual.serial_line", words)
        except OSError as error:
            raise _not_started(refusal(error)) from error
        if not self.port.startswith("/"):
            self.close()
            raise _not_started(self.port or "its serial line did not start")

    def wait(self) -> None:
        """Wait until the line ends by itself, which only a fault of the system makes it do."""
        self._process.wait()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop the device and the line."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        end(self._process)


def _not_started(why: str) -> DeviceNotResponding:
    return DeviceNotResponding(f"the emulated device could not be started: {why}")
