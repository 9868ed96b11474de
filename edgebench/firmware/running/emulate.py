"""A board that QEMU stands in for: the true image, its serial port on a pty."""

from __future__ import annotations

import logging
import re
import select
import shutil
import subprocess

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.device.child import end, tied_to_us
from edgebench.errors import DeviceNotResponding, ToolchainMissing, UsageError
from edgebench.firmware.building.image import Image
from edgebench.printable import quoted

logger = logging.getLogger(__name__)

START_S = 20.0
PTY = re.compile(r"char device redirected to (/dev/\S+)")
SERIAL = ("-display", "none", "-monitor", "none", "-serial", "pty")


class EmulatedBoard(CloseOnExit):
    """A context manager: QEMU runs the image inside, and `port` is its serial port.

    Raises
    ------
    UsageError
        If the board's card names no emulator.
    ToolchainMissing
        If the emulator is not installed.
    DeviceNotResponding
        If it does not start; with its words.
    """

    def __init__(self, image: Image) -> None:
        card = image.board.emulator
        if card is None:
            raise UsageError(f"nothing emulates {image.board.name}: its card has no [emulator]")
        program = shutil.which(card.command[0])
        if program is None:
            raise ToolchainMissing(
                f"{card.command[0]} is not installed: `sudo apt install qemu-system-arm "
                "qemu-system-misc`"
            )
        self._process = subprocess.Popen(
            tied_to_us([program, *card.command[1:], *SERIAL, "-kernel", str(image.path)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.port = self._pty()
        logger.info("%s: emulated by %s at %s", image.board.name, program, self.port)

    def _pty(self) -> str:
        output, said = self._process.stdout, ""
        deadline = now_ns() + int(START_S * 1e9)
        while output is not None and now_ns() < deadline:
            if not select.select([output], [], [], (deadline - now_ns()) / 1e9)[0]:
                break
            line = output.readline()
            if not line:
                break
            found = PTY.search(line)
            if found:
                return found[1]
            said = line.strip() or said
        self.close()
        raise DeviceNotResponding(f"the emulator did not start; it said {quoted(said)}")

    @property
    def last_words(self) -> str:
        """What the emulator has printed since it started, in quotes: a fault of the guest."""
        output, said = self._process.stdout, ""
        while output is not None and select.select([output], [], [], 0)[0]:
            line = output.readline()
            if not line:
                break
            said += line
        return quoted(said)

    def close(self) -> None:
        """Stop the emulator."""
        self._process.terminate()
        end(self._process)
