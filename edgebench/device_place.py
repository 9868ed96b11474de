"""Where a device is: at a port, behind a network, emulated, an image to be booted, on a farm.

A place is written as one text, on the command line, in plans and in run.json. It is parsed here
and nowhere else; ``str`` of a place is its text again.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import UsageError

EMULATED, BOARD, FARM = "emulated:", "board:", "place:"
RFC2217 = "rfc2217://"
NETWORKS = ("socket://", RFC2217)


@dataclass(frozen=True)
class SerialPort:
    """A port of this machine, such as ``/dev/ttyACM0``; or a URL of pyserial's for one."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class NetworkPort:
    """A port that a server offers: ``socket://HOST:PORT`` or ``rfc2217://HOST:PORT``."""

    url: str

    @property
    def sets_modem_lines(self) -> bool:
        """Whether the protocol has DTR, RTS and the rate: RFC 2217's has, a bare socket has not."""
        return self.url.startswith(RFC2217)

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class EmulatedDevice:
    """A program that plays a device with a model: ``emulated:MODEL``."""

    model: str

    def __str__(self) -> str:
        return f"{EMULATED}{self.model}"


@dataclass(frozen=True)
class BoardImage:
    """Firmware that is built for a board and booted in its emulator: ``board:NAME``."""

    board: str

    def __str__(self) -> str:
        return f"{BOARD}{self.board}"


@dataclass(frozen=True)
class FarmAddress:
    """The address of a place on a farm, ``place:NAME``: its port is known once it is acquired."""

    name: str

    def __str__(self) -> str:
        return f"{FARM}{self.name}"


DevicePlace = SerialPort | NetworkPort | EmulatedDevice | BoardImage | FarmAddress


def parse_device(text: str) -> DevicePlace:
    """Return the place that a text names.

    Raises
    ------
    UsageError
        If the text is empty.

    Examples
    --------
    >>> parse_device("emulated:kws")
    EmulatedDevice(model='kws')
    >>> parse_device("socket://10.0.0.2:4000")
    NetworkPort(url='socket://10.0.0.2:4000')
    >>> str(parse_device("/dev/ttyACM0"))
    '/dev/ttyACM0'
    """
    if not text.strip():
        raise UsageError("`device` must name a port, a URL or emulated:MODEL", field="device")
    if text.startswith(EMULATED):
        return EmulatedDevice(text.removeprefix(EMULATED))
    if text.startswith(BOARD):
        return BoardImage(text.removeprefix(BOARD))
    if text.startswith(FARM):
        return FarmAddress(text.removeprefix(FARM))
    if text.lower().startswith(NETWORKS):
        return NetworkPort(text)
    return SerialPort(text)
