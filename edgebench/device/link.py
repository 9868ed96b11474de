"""A serial port with deadlines: bytes out, events in, every byte in the transcript."""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.device.options import LinkOptions
from edgebench.device.protocol import Event, InitDone, Parser, Ready
from edgebench.device.transcript import Transcript
from edgebench.device_place import NetworkPort, parse_device
from edgebench.errors import DeviceLost, DeviceNotFound, DeviceNotResponding, PortUnavailable

logger = logging.getLogger(__name__)

WRITE_TIMEOUT_S = 10.0
UNCONFIRMED = "ign_set_control"  # as pyserial calls it
POLL_S = 0.05
"""A read waits so long for a first byte; the deadline is looked at in between."""
BURST_S = 2.0
"""As much is written at a time as the line carries in this."""
LINGER_S = 0.02
"""How long a port may be silent before a burst is taken for ended."""
BITS_PER_BYTE = 10
"""A start bit, eight, a stop bit."""


class Link(CloseOnExit):
    """An open port.

    Parameters
    ----------
    port
        What pyserial's ``serial_for_url`` takes: a device's path, ``socket://host:port``,
        ``rfc2217://host:port``.

    Raises
    ------
    DeviceNotFound
        If there is no such port.
    PortUnavailable
        If it is busy or this user may not open it.
    """

    def __init__(
        self, port: str, options: LinkOptions | None = None, transcript: Transcript | None = None
    ) -> None:
        self.port = port
        self.options = options or LinkOptions()
        self.transcript = transcript or Transcript()
        self._parser = Parser()
        self._waiting: list[Event] = []
        self.sent_bytes = self.received_bytes = 0
        self._serial = _opened(port, self.options)
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
        """What the port runs at now."""
        return int(self._serial.baudrate)

    @baud.setter
    def baud(self, baud: int) -> None:
        try:
            self._serial.baudrate = baud
        except (OSError, ValueError) as error:
            raise PortUnavailable(f"{self.port} can't run at {baud} baud: {error}") from error
        self.transcript.remark(f"now at {baud} baud")
        logger.info("%s: now at %d baud", self.port, baud)

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
        size = max(64, int(self.baud * BURST_S / BITS_PER_BYTE))
        try:
            for start in range(0, len(data), size):
                self._serial.write(data[start : start + size])
        except OSError as error:
            if _is_timeout(error):
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
            left_s = (deadline_ns - now_ns()) / 1e9
            if left_s <= 0:
                return None
            self._waiting += self._parser.feed(self._read())
        return self._waiting.pop(0)

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
        deadline = now_ns() + int(timeout_s * 1e9)
        events: list[Event] = []
        while True:
            event = self.receive(deadline)
            if event is None:
                raise DeviceNotResponding(self._silence(what, timeout_s, events))
            if isinstance(event, Ready):
                return events
            events.append(event)
            if isinstance(event, InitDone):
                return events

    def drain(self, seconds: float) -> list[Event]:
        """Wait until nothing has come for a while, at most `seconds`; return what came."""
        end = now_ns() + int(seconds * 1e9)
        events: list[Event] = []
        while now_ns() < end:
            quiet = min(end, now_ns() + int(max(LINGER_S, self.seconds_for(20)) * 1e9))
            event = self.receive(quiet)
            if event is None:
                break
            events.append(event)
        return events

    def listen(self, seconds: float) -> list[Event]:
        """Send nothing for so long; return what came."""
        end = now_ns() + int(seconds * 1e9)
        events: list[Event] = []
        while (event := self.receive(end)) is not None:
            events.append(event)
        return events

    def forget(self) -> None:
        """Drop what has come and is not read: it answers nothing that will be asked."""
        self._waiting.clear()
        self._parser = Parser()

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
            self.transcript.received(data)
        return data

    def _lost(self, error: Exception) -> DeviceLost:
        self.transcript.remark(f"lost: {error}")
        logger.warning("%s: lost: %s", self.port, error)
        return DeviceLost(
            f"{self.port} has gone ({error}): was the cable unplugged? What was measured is kept"
        )

    def _silence(self, what: str, timeout_s: float, events: Sequence[Event]) -> str:
        heard = "nothing came" if not events else f"only {len(events)} messages came"
        if not events and self._parser.pending:
            heard = f"{len(self._parser.pending)} bytes came that are no message: another baud?"
        return f"{self.port}: no m-ready within {timeout_s:.3g} s after {what}; {heard}"


def _opened(port: str, options: LinkOptions) -> Any:
    import serial

    try:
        opened = serial.serial_for_url(
            _lenient(port), baudrate=options.baud, timeout=POLL_S, do_not_open=True
        )
        if isinstance(opened, serial.Serial):
            # URLs know neither.
            opened.exclusive = True
            opened.write_timeout = WRITE_TIMEOUT_S
    except ValueError as error:
        raise DeviceNotFound(f"{port} is no serial port: {error}") from error
    if options.reset == "leave":
        opened.dtr = opened.rts = False
    try:
        opened.open()
        if options.reset == "pulse":
            opened.dtr = opened.rts = False
            opened.dtr = opened.rts = True
    except (OSError, ValueError) as error:
        raise _refused(port, error) from error
    return opened


def _lenient(port: str) -> str:
    """Return a URL by which a server need not confirm DTR and RTS.

    ser2net does not for a port without modem lines; opening it would fail.
    """
    place = parse_device(port)
    confirms = isinstance(place, NetworkPort) and place.sets_modem_lines
    if not confirms or UNCONFIRMED in port:
        return port
    return f"{port}{'&' if '?' in port else '?'}{UNCONFIRMED}"


def _refused(port: str, error: Exception) -> DeviceNotFound | PortUnavailable:
    number = getattr(error, "errno", None)
    text = str(error)
    if number == errno.ENOENT or "No such file" in text:
        return DeviceNotFound(
            f"there is no port {port}; `edgebench devices` lists those that there are"
        )
    if number == errno.EACCES or "Permission denied" in text:
        return PortUnavailable(
            f"{port}: this user may not open it; `sudo usermod -aG dialout $USER`, then log "
            "in again"
        )
    if number in (errno.EBUSY, errno.EAGAIN) or "lock" in text or "busy" in text:
        return PortUnavailable(f"{port} is busy: another program (a terminal?) holds it; close it")
    return PortUnavailable(f"{port} can't be opened: {text}")


def _is_timeout(error: OSError) -> bool:
    import serial

    return isinstance(error, serial.SerialTimeoutException)
