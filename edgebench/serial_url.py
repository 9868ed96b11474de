"""Addresses of serial ports: what is wrong with one, in words.

pyserial's own errors about them are Python's (``invalid literal for int()``, a bare key, or a
KeyError in the making of its message), so an address is looked at before pyserial has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

MOST_PORT = 65535
_LEVELS = ("debug", "info", "warning", "error")


def _is_level(value: str) -> bool:
    return value in _LEVELS


def _is_seconds(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _is_anything(_: str) -> bool:
    return True


_Options = Mapping[str, Callable[[str], bool]]
_OPTIONS: Mapping[str, _Options] = {
    "socket": {"logging": _is_level},
    "rfc2217": {
        "ign_set_control": _is_anything,
        "logging": _is_level,
        "poll_modem": _is_anything,
        "timeout": _is_seconds,
    },
    "loop": {"logging": _is_level},
}
_WITHOUT_HOST = ("loop",)


def url_fault(address: str) -> str | None:
    """Return why an address can be no port's; None for one that pyserial may try.

    Examples
    --------
    >>> url_fault("/dev/ttyACM0")
    >>> url_fault("socket://10.0.0.2:http")
    "its port is 'http', which is no number from 0 to 65535: socket://HOST:PORT"
    """
    if "\0" in address:
        return "it has a NUL byte in it"
    scheme = address.partition("://")[0].lower()
    if scheme not in _OPTIONS:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"its host is no name and no address: {scheme}://HOST:PORT"
    if scheme not in _WITHOUT_HOST and (fault := _host_fault(parts.netloc, scheme)):
        return fault
    return _option_fault(parse_qsl(parts.query, keep_blank_values=True), _OPTIONS[scheme])


def _host_fault(place: str, scheme: str) -> str | None:
    host, _, port = place.rpartition(":")
    form = f"{scheme}://HOST:PORT"
    if not host:
        return f"it names no host, or no port: {form}"
    is_port = port.isascii() and port.isdecimal() and int(port[:6]) <= MOST_PORT
    if is_port:
        return None
    return f"its port is {port[:40]!r}, which is no number from 0 to {MOST_PORT}: {form}"


def _option_fault(given: list[tuple[str, str]], known: _Options) -> str | None:
    for name, value in given:
        if name not in known:
            return f"it has an option {name[:40]!r}; choose from {', '.join(known)}"
        if not known[name](value):
            return f"its option {name} can't be {value[:40]!r}"
    return None
