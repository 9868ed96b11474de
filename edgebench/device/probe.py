"""Finding devices: every port, the usual rates, who answers ``name%``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Thread

from edgebench.device.client import Device
from edgebench.device.conversation import Identity
from edgebench.device.options import LinkOptions, Reset
from edgebench.device.port.link import Link
from edgebench.errors import DeviceError, DeviceNotFound, DeviceNotResponding, PortUnavailable
from edgebench.events import OnEvent, ignore
from edgebench.text.brief import Brief

RATES = (115200, 9600, 921600, 57600, 38400, 19200, 230400, 460800, 1000000)
"""115200 is MLPerf Tiny's performance mode, 9600 its energy mode; the rest is what boards use."""
BOOT_S = 4.0
"""At the first rate a board that opening has reset is waited for."""
WAIT_S = 1.2


@dataclass(frozen=True, repr=False)
class PortFinding(Brief):
    """A serial port: what it is, who answers at which rate, or why nobody does.

    ``advice`` says what to try where ``identity`` is None.
    """

    port: str
    description: str
    identity: Identity | None = None
    baud: int | None = None
    advice: str = ""


def ports_of(usb_ids: Sequence[str]) -> list[str]:
    """Return the ports that have one of these USB ids, written as ``0483:374b``."""
    from serial.tools.list_ports import comports

    return sorted(
        port.device
        for port in comports()
        if port.vid is not None and f"{port.vid:04x}:{port.pid:04x}" in usb_ids
    )


def list_ports() -> list[tuple[str, str]]:
    """Return every serial port of this machine and what it says it is; no filter by vendor."""
    from serial.tools.list_ports import comports

    return sorted((port.device, port.description or "n/a") for port in comports())


def probe_ports(
    ports: Iterable[tuple[str, str]] | None = None,
    rates: Sequence[int] = RATES,
    reset: Reset = "open",
    on_event: OnEvent = ignore,
) -> list[PortFinding]:
    """Ask every port at every rate who is there; ports at the same time, rates in turn.

    Parameters
    ----------
    ports
        Names and descriptions; this machine's if left out.
    reset
        What DTR and RTS do: `LinkOptions`.
    """
    wanted = list(list_ports() if ports is None else ports)
    on_event(f"asking {len(wanted)} ports at {len(rates)} rates")
    found: dict[int, PortFinding] = {}

    def ask(number: int, port: str, description: str) -> None:
        found[number] = probe_port(port, description, rates, reset)

    # Daemons: Ctrl-C must not wait for ports that are silent.
    threads = [
        Thread(target=ask, args=(number, *each), daemon=True) for number, each in enumerate(wanted)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(len(wanted))]


def probe_port(
    port: str, description: str = "", rates: Sequence[int] = RATES, reset: Reset = "open"
) -> PortFinding:
    """Ask one port at every rate until somebody answers; it is opened once."""
    try:
        with Link(port, LinkOptions(rates[0], reset)) as link:
            for number, baud in enumerate(rates):
                if number:
                    link.baud = baud
                    link.forget()
                try:
                    identity = Device(link).wake(WAIT_S if number else BOOT_S)
                except DeviceNotResponding:
                    continue
                return PortFinding(port, description, identity, baud)
            return PortFinding(port, description, advice=_advice(link.received_bytes))
    except (PortUnavailable, DeviceNotFound) as error:
        return PortFinding(port, description, advice=str(error))
    except DeviceError as error:
        return PortFinding(port, description, advice=f"it answers, but: {error}")


def _advice(heard: int) -> str:
    if heard:
        return (
            f"{heard} bytes came, none of them an answer to `name%`: other firmware, or a rate "
            "that was not tried (`baud`); flash a firmware that speaks MLPerf Tiny's protocol"
        )
    return (
        "silence: is the board powered, is its firmware flashed (`edgebench console` shows what "
        "it prints), are RX and TX crossed, does it wait for DTR (`reset=open`) or reset on it "
        "(`reset=leave`)?"
    )
