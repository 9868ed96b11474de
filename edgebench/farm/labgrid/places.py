"""Places of a labgrid farm, and the serial port that each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgebench.errors import DeviceLost
from edgebench.text.brief import Brief

PORTS = ("NetworkSerialPort",)
DEFAULT_PROTOCOL = "rfc2217"
URL_SCHEMES = {"raw": "socket", "rfc2217": "rfc2217"}


@dataclass(frozen=True)
class Resource:
    """A resource of a place.

    Attributes
    ----------
    path, cls
        ``EXPORTER/GROUP/CLASS/NAME``, and labgrid's class of it alone.
    exported, available
        Whether an exporter has it now, and says that it is there.
    params
        What labgrid's class is made with, such as a host and a port.
    """

    path: str
    cls: str
    exported: bool
    available: bool
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class FarmPlace(Brief):
    """A place of the farm; ``holder`` is HOST/USER, empty where nobody holds it."""

    name: str
    holder: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    matches: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()


def serial_url(place: FarmPlace) -> str:
    """Return the URL of a place's serial port.

    Raises
    ------
    DeviceLost
        If it has none that can be used now.
    """
    ports = [each for each in place.resources if each.cls in PORTS]
    if not ports:
        if any(not each.exported for each in place.resources):
            raise DeviceLost(f"place {place.name}: its exporter is gone")
        raise DeviceLost(
            f"place {place.name} has no {' or '.join(PORTS)}; edgebench needs a serial port that "
            "is reached over the network"
        )
    found = ports[0]
    if not found.exported:
        raise DeviceLost(f"place {place.name}: its exporter is gone")
    if not found.available:
        raise DeviceLost(f"place {place.name}: its exporter says that {found.path} is not there")
    host, port = found.params.get("host"), found.params.get("port")
    protocol = str(found.params.get("protocol") or DEFAULT_PROTOCOL)
    if not isinstance(host, str) or not host or type(port) is not int:
        raise DeviceLost(f"place {place.name}: {found.path} has host {host!r} and port {port!r}")
    if protocol not in URL_SCHEMES:
        raise DeviceLost(f"place {place.name}: {found.path} speaks {protocol!r}, which is unknown")
    return f"{URL_SCHEMES[protocol]}://{host}:{port}"
