"""Open a serial port with pyserial, and say why one can't be opened."""

from __future__ import annotations

import errno
from typing import Any

from edgebench.device.options import LinkOptions
from edgebench.device_place import FarmAddress, NetworkPort, parse_device
from edgebench.errors import DeviceNotFound, PortUnavailable
from edgebench.files.refusals import port_refusal
from edgebench.serial_url import url_fault

WRITE_TIMEOUT_S = 10.0
UNCONFIRMED = "ign_set_control"  # as pyserial calls it
POLL_S = 0.05
"""A read waits so long for a first byte; the deadline is looked at in between."""


def open_port(port: str, options: LinkOptions) -> Any:
    """Return an open port.

    Raises
    ------
    DeviceNotFound
        If there is no such port.
    PortUnavailable
        If it is busy or this user may not open it.
    """
    import serial

    if isinstance(parse_device(port), FarmAddress):
        raise DeviceNotFound(
            f"{port!r} is a farm's place: `edgebench farm run` acquires it and finds its port"
        )
    if (fault := url_fault(port)) is not None:
        raise DeviceNotFound(f"{port!r} is no serial port: {fault}")
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
    return PortUnavailable(f"{port} can't be opened: {port_refusal(error)}")


def is_timeout(error: OSError) -> bool:
    """Return whether a port took no bytes in time."""
    import serial

    return isinstance(error, serial.SerialTimeoutException)
