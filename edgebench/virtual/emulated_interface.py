"""An interface board without hardware, as the process that starts it sees it."""

from __future__ import annotations

from pathlib import Path
from socket import socket

from edgebench.close_on_exit import CloseOnExit
from edgebench.device.options import DEFAULT_BAUD
from edgebench.errors import DeviceNotResponding
from edgebench.files.refusals import refusal
from edgebench.processes.child import end
from edgebench.virtual.announce import start_player


class EmulatedInterface(CloseOnExit):
    """A context manager: MLPerf Tiny's interface board at `port`, in front of a device.

    Parameters
    ----------
    device
        The device's port; nobody else may talk to it.
    baud
        Of the line to the device, until a host sets another.
    card
        The folder that is its SD card.
    audio
        The `audio_socket` that a device which listens connects to; it stays the caller's.
    is_fast
        Play recordings as fast as the device takes them.
    hold_s
        How long the end of an answer to `infer` is held back.

    Raises
    ------
    DeviceNotResponding
        If it can't be started.
    """

    def __init__(
        self,
        device: str,
        card: Path,
        *,
        baud: int = DEFAULT_BAUD,
        audio: socket | None = None,
        is_fast: bool = False,
        hold_s: float = 0.0,
    ) -> None:
        words = ["--device", device, "--baud", str(baud), "--card", str(card)]
        words += ["--hold", str(hold_s)]
        shared = () if audio is None else (audio.fileno(),)
        words += [word for each in shared for word in ("--audio", str(each))]
        words += ["--fast"] if is_fast else []
        try:
            self._process, self.port = start_player(
                "edgebench.virtual.interface_board", words, shared
            )
        except OSError as error:
            raise _not_started(refusal(error)) from error
        if not self.port.startswith("/"):
            self.close()
            raise _not_started(self.port or "it printed no port")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """Switch it off."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        end(self._process)


def _not_started(why: str) -> DeviceNotResponding:
    return DeviceNotResponding(f"the emulated interface board could not be started: {why}")
