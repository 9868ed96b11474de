"""Look at this machine and at the serial devices on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import given, public

if TYPE_CHECKING:
    from edgebench.device.options import Reset
    from edgebench.device.probe import PortFinding
    from edgebench.diagnostics import Finding


@public
def devices(
    ports: Iterable[str] | None = None,
    *,
    rates: Iterable[int] | None = None,
    reset: Reset = "open",
    on_event: Callable[[str], None] | None = None,
) -> list[PortFinding]:
    """Ask serial ports who is there.

    Parameters
    ----------
    ports
        Names or URLs; all ports of this machine if left out.
    rates
        The rates to try; the usual ones if left out.
    reset
        What DTR and RTS do at opening.
    on_event
        Called with a line of text for each step.
    """
    from edgebench.device.probe import RATES, probe_ports

    named = None if ports is None else [(port, "") for port in ports]
    return probe_ports(named, tuple(rates or RATES), reset, **given(on_event=on_event))


@public
def console(
    device: str,
    lines: Iterable[str],
    *,
    show: Callable[[str], None],
    transcript: str | Path,
    baud: int | None = None,
    reset: Reset | None = None,
) -> None:
    """Send lines to a device as commands and show what it answers.

    Parameters
    ----------
    device
        A port, a URL or ``emulated:MODEL``.
    lines
        The commands; a last ``%`` may be left out.
    show
        Called with what comes from the device.
    transcript
        The file that every byte is kept in.
    baud, reset
        As `run` takes them.

    Raises
    ------
    DeviceError, UsageError
        If the port can't be opened, or goes.
    EdgebenchError
        If not every byte could be kept.
    """
    from edgebench.harness.device_request import DeviceRequest
    from edgebench.harness.devices.rig import talk_to

    asked = DeviceRequest(device, **given(baud=baud, reset=reset))
    talk_to(asked, lines, show, Path(transcript))


@public
def doctor() -> list[Finding]:
    """Look at this machine: what works, and what to do about what does not."""
    from edgebench.diagnostics import examine

    return examine()
