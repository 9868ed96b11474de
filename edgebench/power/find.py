"""Which meters are here, and what to do about those that are not."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from serial.tools.list_ports import comports

from edgebench.errors import EdgebenchError
from edgebench.power.acquisition import sysfs
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.contract import GROUP
from edgebench.power.meters.battery import found_batteries
from edgebench.power.meters.hwmon import found_chips
from edgebench.power.meters.joulescope.instrument import MODELS, real_driver
from edgebench.power.meters.rapl import found_zones
from edgebench.power.open import open_meter
from edgebench.registry import plugins

CONNECT_S = 0.2
USB_METERS = {
    (0x1915, 0xC00A): ("ppk2", "Nordic's PPK2"),
    (0x0483, 0x5740): ("lpm01a", "ST's virtual port: an LPM01A, or another board of ST's"),
}
"""By USB's vendor and product."""
SERVERS = {
    "otii:127.0.0.1:1905": (1905, b"", b"otii"),
    "ptd://127.0.0.1:8888": (8888, b"Hello\r\n", b"PTDaemon"),
}
"""The port, what is said to it, and what is in the answer of the right one."""
MOST_ANSWER = 4096


@dataclass(frozen=True)
class MeterFinding:
    """A kind of meter here: what ``--power`` takes, what it reads now, or what to do.

    ``watts`` is None for one that is not read before it is told what to supply.
    """

    name: str
    what: str
    works: bool
    watts: float | None
    advice: str


def find_meters() -> list[MeterFinding]:
    """Return every kind of meter, those that work first; each that supplies nothing is read."""
    found = [*_built_in(), *_on_usb(), *_servers(), *_joulescopes()]
    names = {each.name.partition(":")[0] for each in found}
    found += [_absent(name) for name in sorted(plugins(GROUP)) if name not in names | ALIASES]
    return sorted(found, key=lambda each: not each.works)


def _built_in() -> Iterator[MeterFinding]:
    root = sysfs.root()
    for chip in found_chips(root):
        rails = ", ".join(rail.label for rail in chip.rails)
        yield _tried(f"hwmon:{chip.name}", f"rails {rails}")
    if found_zones(root):
        yield _tried("rapl", "the processor's own counters: an estimate of the machine")
    for battery in found_batteries(root):
        yield _tried(f"battery:{battery.name}", "its discharge, coarse")
    if shutil.which("vcgencmd"):
        yield _tried("rpi5-pmic", "a Pi 5's power chip: an estimate, partial rails")


def _on_usb() -> Iterator[MeterFinding]:
    for port in comports():
        kind = USB_METERS.get((port.vid, port.pid))
        if kind is not None:
            # Reading it would switch the board's supply.
            yield MeterFinding(
                f"{kind[0]}:{port.device}", f"{kind[1]}; --supply VOLTS", True, None, ""
            )


def _servers() -> Iterator[MeterFinding]:
    for name, (port, hello, sign) in SERVERS.items():
        with suppress(OSError):
            with socket.create_connection(("127.0.0.1", port), CONNECT_S) as connection:
                connection.sendall(hello)
                answer = connection.recv(MOST_ANSWER)
            if sign in answer:
                yield MeterFinding(name, f"answers at port {port}", True, None, "")


def _joulescopes() -> Iterator[MeterFinding]:
    if importlib.util.find_spec("pyjoulescope_driver") is None:
        return
    with suppress(Exception):
        driver = real_driver()
        try:
            paths = [path for path in driver.device_paths() if path.split("/")[1] in MODELS]
        finally:
            driver.finalize()
        for path in paths:
            yield _tried(f"joulescope:{path.rsplit('/', 1)[-1]}", path)


def _tried(name: str, what: str) -> MeterFinding:
    try:
        with open_meter(name) as meter:
            watts = check_meter(meter)
    except EdgebenchError as error:
        return MeterFinding(name, what, False, None, str(error))
    return MeterFinding(name, what, True, watts, "")


ALIASES = frozenset({"ptd", "csv", "npz", "spl"})
_LIBRARIES = {
    "joulescope": "pyjoulescope_driver",
    "ppk2": "ppk2_api",
    "otii": "otii_tcp_client",
    "scpi": "pyvisa",
}
_ADVICE: dict[str, str] = {
    "hwmon": "no power sensor of the kernel's: an INA on a Pi needs its overlay in config.txt, "
    "such as dtoverlay=i2c-sensor,ina226",
    "rapl": "no counters: virtual machines and most boards have none",
    "battery": "no battery",
    "rpi5-pmic": "vcgencmd is not here: this is no Raspberry Pi 5",
    "command": "any program that prints watts: --power 'command:PROGRAM ARG ...'",
    "joulescope": "plug one in: --power joulescope",
    "lpm01a": "none on USB; if it has another port: --power lpm01a:/dev/ttyACM1 --supply 3.0",
    "ppk2": "plug one in: --power ppk2:/dev/ttyACM0 --supply 3.3",
    "otii": "start Otii and its TCP server (port 1905), here or elsewhere: --power otii:HOST",
    "scpi": "name the instrument: --power scpi:TCPIP::192.168.1.5::5025::SOCKET",
    "ptdaemon": "SPEC's PTDaemon, licensed, runs beside an analyzer: --power ptd://HOST:8888",
    "virtual": "a session with no hardware, to try: --power virtual:lpm01a (or ppk2, joulescope, "
    "otii, scpi, ptdaemon, hwmon, rapl)",
}


def _absent(name: str) -> MeterFinding:
    advice = _ADVICE.get(name, "another package's meter")
    library = _LIBRARIES.get(name)
    if library is not None and importlib.util.find_spec(library) is None:
        advice = f"pip install 'edgebench[power]', then {advice}"
    return MeterFinding(name, "", False, None, advice)
