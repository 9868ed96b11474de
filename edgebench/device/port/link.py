"""A serial port with deadlines: bytes out, events in, every byte in the transcript."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.device.answer_text import answer_quoted
from edgebench.device.messages import Event, InitDone, Ready
from edgebench.device.options import LinkOptions
from edgebench.device.port.identity import PortIdentity
from edgebench.device.port.opening import is_timeout, open_port
from edgebench.device.port.transcript import Transcript
from edgebench.device.protocol import LONGEST_LINE, Parser
from edgebench.errors import DeviceLost, DeviceNotFound, DeviceNotResponding, PortUnavailable
from edgebench.files.refusals import port_refusal

logger = logging.getLogger(__name__)

BURST_S = 2.0
"""As much is written at a time as the line carries in this."""
LINGER_S = 0.02
"""How long a port may be silent before a burst is taken for ended."""
BITS_PER_BYTE = 10
"""A start bit, eight, a stop bit."""
MOST_HEARD = 2048
RETURN_STEP_S = 0.1
"""How often a port that has gone is looked for."""


class Link(CloseOnExit):
    """An open port.

    Parameters
    ----------
    port
        What pyserial's ``serial_for_url`` takes: a device's path, ``socket://host:port``,
        ``rfc2217://host:port``.
    clock
        What deadlines go by, in nanoseconds: an emulator's own, where it may get no processor.

    Raises
    ------
    DeviceNotFound
        If there is no such port.
    PortUnavailable
        If it is busy or this user may not open it.
    """

    def __init__(
        self,
        port: str,
        options: LinkOptions | None = None,
        transcript: Transcript | None = None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        self.port = port
        self.clock = clock
        self._late_for: int | None = None
        self.options = options or LinkOptions()
        self.transcript = transcript or Transcript()
        self._parser = Parser()
        self._waiting: list[Event] = []
        self._heard = bytearray()
        self.sent_bytes = self.received_bytes = 0
        self._serial = open_port(port, self.options)
        self._identity = PortIdentity.of(port)
        self.transcript.remark(f"{port} opened at {self.options.baud} baud")
        logger.info("%s: opened at %d baud, reset %s", port, self.baud, self.options.reset)

    def close(self) -> None:
        """Close the port."""
        with suppress(OSError):
            self._serial.close()
        logger.info(
            "%s: closed; %d bytes sent, %d received",
            self.port,
            self.sent_bytes,
            self.received_bytes,
        )

    @property
    def baud(self) -> int:
        """The current baud rate."""
        return int(self._serial.baudrate)

    @baud.setter
    def baud(self, baud: int) -> None:
        try:
            self._serial.baudrate = baud
        except (OSError, ValueError) as error:
            raise PortUnavailable(
                f"{self.port} can't run at {baud} baud: {port_refusal(error)}"
            ) from error
        self.transcript.remark(f"now at {baud} baud")
        logger.info("%s: now at %d baud", self.port, baud)

    @property
    def said(self) -> str:
        """All bytes received since the last command was sent, in quotes and printable."""
        return answer_quoted(bytes(self._heard))

    def reopen(self, wait_s: float) -> bool:
        """Wait for a port that has gone to come back, and open it; return whether it did.

        It is known by its USB serial number, or else by its name.
        """
        self.close()
        end = now_ns() + int(wait_s * 1e9)
        while self._identity.can_come_back and now_ns() < end:
            where = self._identity.now_at()
            if where is not None:
                # It may be there before this user may open it: udev sets that a moment later.
                with suppress(DeviceNotFound, PortUnavailable):
                    self._serial = open_port(where, self.options)
                    self.port = where
                    self.forget()
                    self.transcript.remark(f"{where} opened again at {self.baud} baud")
                    logger.info("%s: opened again", where)
                    return True
            time.sleep(RETURN_STEP_S)
        return False

    @property
    def can_come_back(self) -> bool:
        """Whether it is worth waiting for the port when it has gone."""
        return self._identity.can_come_back

    @property
    def carried_bytes(self) -> int:
        """How many bytes have gone over the line, both ways."""
        return self.sent_bytes + self.received_bytes

    def seconds_for(self, size_bytes: int) -> float:
        """Return how long so many bytes are on the line."""
        return size_bytes * BITS_PER_BYTE / self.baud

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        DeviceLost
            If the port has gone.
        DeviceNotResponding
            If it takes nothing.
        """
        self.transcript.sent(data)
        self._heard.clear()
        size = max(64, int(self.baud * BURST_S / BITS_PER_BYTE))
        try:
            for start in range(0, len(data), size):
                self._serial.write(data[start : start + size])
        except OSError as error:
            if is_timeout(error):
                raise DeviceNotResponding(
                    f"{self.port} takes no bytes: is flow control on, or a cable half out?"
                ) from error
            raise self._lost(error) from error
        self.sent_bytes += len(data)

    def receive(self, deadline_ns: int) -> Event | None:
        """Return the next event, or None when there is none by the deadline.

        Raises
        ------
        DeviceLost
            If the port has gone.
        """
        while not self._waiting:
            if self.clock() >= deadline_ns and not self._reads_late(deadline_ns):
                return None
            self._waiting += self._parser.feed(self._read())
        return self._waiting.pop(0)

    def _reads_late(self, deadline_ns: int) -> bool:
        """Return whether something came in time that this process was too late to read.

        Once per deadline: a device that never stops talking does not put it off.
        """
        if self._late_for == deadline_ns:
            return False
        self._late_for = deadline_ns
        try:
            return bool(self._serial.in_waiting)
        # TypeError: as in `_read`.
        except (OSError, TypeError) as error:
            raise self._lost(error) from error

    def until_ready(self, timeout_s: float, what: str) -> list[Event]:
        """Return the events up to m-ready, which is not among them.

        An m-init-done ends the wait as well: it is the last of the events then.

        Raises
        ------
        DeviceNotResponding
            If m-ready does not come in time.
        DeviceLost
            If the port has gone.
        """
        deadline = self.clock() + int(timeout_s * 1e9)
        events: list[Event] = []
        while True:
            event = self.receive(deadline)
            if event is None:
                raise DeviceNotResponding(self._silence(what, timeout_s))
            if isinstance(event, Ready):
                return events
            events.append(event)
            if isinstance(event, InitDone):
                return events

    def drain(self, seconds: float) -> list[Event]:
        """Wait until nothing has come for a while, at most `seconds`; return what came."""
        end = self.clock() + int(seconds * 1e9)
        events: list[Event] = []
        while self.clock() < end:
            quiet = min(end, self.clock() + int(max(LINGER_S, self.seconds_for(20)) * 1e9))
            event = self.receive(quiet)
            if event is None:
                break
            events.append(event)
        return events

    def listen(self, seconds: float) -> list[Event]:
        """Send nothing for so long; return what came."""
        end = self.clock() + int(seconds * 1e9)
        events: list[Event] = []
        while (event := self.receive(end)) is not None:
            events.append(event)
        return events

    def forget(self) -> None:
        """Drop what has come and is not read: it answers nothing that will be asked."""
        self._waiting.clear()
        self._parser = Parser(self._parser.longest_line)

    def allow_lines(self, size_bytes: int) -> None:
        """Take lines of so many bytes for lines: `LONGEST_LINE` at least."""
        self._parser.longest_line = max(LONGEST_LINE, size_bytes)

    def _read(self) -> bytes:
        # It waits for a byte, then takes all that is there: blocks, without a sleep.
        try:
            data: bytes = self._serial.read(1)
            if data:
                data += self._serial.read(self._serial.in_waiting)
        # TypeError: pyserial reads from a port that another thread has just closed.
        except (OSError, TypeError) as error:
            raise self._lost(error) from error
        if data:
            self.received_bytes += len(data)
            self._heard += data[: MOST_HEARD - len(self._heard)]
            self.transcript.received(data)
        return data

    def _lost(self, error: Exception) -> DeviceLost:
        why = port_refusal(error)
        self.transcript.remark(f"lost: {why}")
        logger.warning("%s: lost: %s", self.port, error)
        return DeviceLost(
            f"{self.port} has gone ({why}): was the cable unplugged? What was measured is kept"
        )

    def _silence(self, what: str, timeout_s: float) -> str:
        if self._heard:
            hint = f"only {self.said} came: another rate (`baud`), or other firmware?"
        else:
            hint = "nothing came: is the board running, and is `timeout_s` long enough for it?"
        return f"{self.port}: no m-ready within {timeout_s:.3g} s after {what}; {hint}"
