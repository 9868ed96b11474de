"""Talking to a device by hand; its transcript shows what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from edgebench.device.messages import Ready
from edgebench.device.port.link import Link
from edgebench.device.protocol import command

ANSWER_S = 2.0
UNPROMPTED_S = 0.3
"""How long to listen for what a device prints by itself, without a command."""


def talk(link: Link, lines: Iterable[str], complain: Callable[[str], None]) -> None:
    """Send each line as a command and listen until the device is ready, until the lines end.

    A ``%`` at the end may be left out; an empty line only listens. What a device prints by
    itself comes with the next line.

    Parameters
    ----------
    complain
        Called with a text about each line that can't be sent.

    Raises
    ------
    DeviceLost
        If the port goes.
    """
    link.drain(ANSWER_S)
    for line in lines:
        text = line.strip().removesuffix("%")
        if text:
            try:
                link.send(command(text))
            except ValueError as error:
                complain(f"! {error}")
                continue
        _listen(link, ANSWER_S if text else UNPROMPTED_S)


def _listen(link: Link, patience_s: float) -> None:
    while (event := link.receive(link.clock() + int(patience_s * 1e9))) is not None:
        if isinstance(event, Ready):
            # What comes right behind belongs to it.
            patience_s = UNPROMPTED_S
