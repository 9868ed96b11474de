"""A board that QEMU stands in for: the true image, its serial port on a pty."""

from __future__ import annotations

import logging
import os
import re
import select
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from typing import cast

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import DeviceNotResponding, ToolchainMissing, UsageError
from edgebench.firmware.building.image import Image
from edgebench.firmware.running.audio_relay import AudioRelay
from edgebench.processes.child import end, tied_to_us
from edgebench.processes.process_clock import ProcessClock
from edgebench.processes.programs import TAIL_BYTES, OutputTail
from edgebench.text.printable import quoted

logger = logging.getLogger(__name__)

START_S = 20.0
LOOK_S = 0.5
"""How often the clock is looked at while nothing comes."""
LAST_WORDS_S = 0.2
"""How long the words of an emulator that has ended may take to come."""
PTY = re.compile(rb"char device redirected to (/dev/\S+)\s")
SERIAL = ("-display", "none", "-monitor", "none", "-serial", "pty")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
"""How streaming firmware reads audio: files in the emulator's current folder."""


class EmulatedBoard(CloseOnExit):
    """A context manager: QEMU runs the image inside, and `port` is its serial port.

    ``clock`` is for deadlines: the emulator's own processor time, since it polls and never idles.
    Firmware that streams waits for audio, so it goes by the host's.

    Parameters
    ----------
    audio
        A Unix stream socket that somebody listens at: samples come from there, and the pins' edges
        go there. For an image that streams.
    options
        What QEMU gets besides, such as a plug-in.

    Raises
    ------
    UsageError
        If the board's card names no emulator.
    ToolchainMissing
        If the emulator is not installed.
    DeviceNotResponding
        If it does not start; with its words.
    """

    def __init__(
        self, image: Image, audio: Path | None = None, options: Sequence[str] = ()
    ) -> None:
        card = image.board.emulator
        if card is None:
            raise UsageError(f"nothing emulates {image.board.name}: its card has no [emulator]")
        program = shutil.which(card.command[0])
        if program is None:
            raise ToolchainMissing(
                f"{card.command[0]} is not installed: `sudo apt install qemu-system-arm "
                "qemu-system-misc`"
            )
        if audio is not None and not image.streams:
            raise UsageError(f"{image.path.name} takes no audio: build it for sww01", field="audio")
        self._relay = AudioRelay(audio) if image.streams else None
        options = (*SERIAL, *(SEMIHOSTING if image.streams else ()), *options)
        with ExitStack() as undo:
            if self._relay is not None:
                undo.callback(self._relay.close)
            self._process = subprocess.Popen(
                tied_to_us([program, *card.command[1:], *options, "-kernel", str(image.path)]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=None if self._relay is None else self._relay.folder,
            )
            undo.pop_all()
        self.clock: Callable[[], int] = now_ns if image.streams else ProcessClock(self._process.pid)
        self.port = self._pty()
        logger.info("%s: emulated by %s at %s", image.board.name, program, self.port)

    def _pty(self) -> str:
        """Return the serial port's path, once the emulator has printed it."""
        # Read from the descriptor: a reader of lines would hold back what came behind the first.
        output = cast(BufferedReader, self._process.stdout)
        # It has not taken much of its own time before it prints, however long that takes here.
        deadline, said = self.clock() + int(START_S * 1e9), b""
        while (left_s := (deadline - self.clock()) / 1e9) > 0:
            if not select.select([output], [], [], min(left_s, LOOK_S))[0]:
                continue
            chunk = os.read(output.fileno(), TAIL_BYTES)
            if not chunk:
                break
            said = (said + chunk)[-TAIL_BYTES:]
            found = PTY.search(said)
            if found:
                self._said = OutputTail(output, before=said)
                self._process.stdout = None  # the tail closes it
                return os.fsdecode(found[1])
        self.close()
        raise DeviceNotResponding(f"the emulator did not start; it said {quoted(said)}")

    @property
    def last_words(self) -> str:
        """The emulator's last output, in quotes: a fault of the guest, or its own."""
        return quoted(self._said.last_bytes(LAST_WORDS_S))

    def wait(self) -> None:
        """Wait until the emulator ends by itself, as it does when its guest has a fault."""
        self._process.wait()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop the emulator."""
        self._process.terminate()
        end(self._process)
        if self._relay is not None:
            self._relay.close()
