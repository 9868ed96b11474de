"""Commands to a device and its answers, one exchange at a time; what it is known to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from edgebench.clock import now_ns
from edgebench.device import protocol
from edgebench.device.link import Link
from edgebench.device.options import Verify
from edgebench.errors import AnswerDamaged, DeviceFailed, DeviceNotResponding, DeviceRebooted
from edgebench.events import OnEvent, ignore

E = TypeVar("E")

REFERENCE_COMMAND_BYTES = 80
"""MLPerf Tiny's reference firmware; with what ends the text in C, 79 characters fit."""
ANSWER_S = 1.0
"""An answer that computes nothing begins within this, besides its bytes' time."""


@dataclass(frozen=True)
class Identity:
    """What a device says of itself; empty texts where it says nothing."""

    name: str
    profile: str = ""
    model: str = ""
    extensions: protocol.Extensions | None = None


class Conversation:
    """A link and what is known of the device at its other end.

    Attributes
    ----------
    verify
        ``auto``: what was loaded is compared (by a checksum where the device has one, else by
        reading it back), and so are results; ``never``: neither.
    retries
        How often a sample is tried again.
    on_event
        Called with everything that went wrong and was repaired.
    clock_is_real
        False for an emulator's clock, which counts instructions and may outrun the host's.
    slots
        Which sample each of the device's slots holds.
    """

    def __init__(
        self,
        link: Link,
        verify: Verify = "auto",
        retries: int = 3,
        on_event: OnEvent = ignore,
        clock_is_real: bool = True,
    ) -> None:
        self.link = link
        self.verify = verify
        self.retries = retries
        self.on_event = on_event
        self.clock_is_real = clock_is_real
        self.identity = Identity("")
        self.slots: dict[int, int] = {}

    @property
    def port(self) -> str:
        """The link's port, for messages."""
        return self.link.port

    @property
    def chunk_bytes(self) -> int:
        """How many bytes of input fit a ``db`` command."""
        extensions = self.identity.extensions
        room = extensions.number("command", REFERENCE_COMMAND_BYTES) if extensions else 0
        # The buffer's last character ends the text.
        return max(1, ((room or REFERENCE_COMMAND_BYTES) - 1 - len("db ")) // 2)

    @property
    def slot_count(self) -> int:
        """How many samples the device can hold ready."""
        extensions = self.identity.extensions
        return extensions.number("slots") if extensions else 0

    def ask(self, *words: str | int, timeout_s: float = ANSWER_S) -> list[protocol.Event]:
        """Send a command and return what is answered, up to m-ready.

        Raises
        ------
        DeviceNotResponding, DeviceLost, DeviceRebooted
            As they say.
        DeviceFailed
            If the device answers with an error of its own.
        """
        text = protocol.command(*words)
        return self.answer(text, f"`{text.decode()}`", timeout_s)

    def answer(self, text: bytes, what: str, timeout_s: float) -> list[protocol.Event]:
        """Send a text and return what is answered; raises as `ask`."""
        self.link.send(text)
        wait_s = timeout_s + 2 * self.link.seconds_for(len(text) + 64)
        return self.checked(self.link.until_ready(wait_s, what), what)

    def checked(self, events: list[protocol.Event], what: str) -> list[protocol.Event]:
        """Return events, unless the device has booted or complains; raises as `ask`."""
        if any(isinstance(event, protocol.InitDone) for event in events):
            self.slots.clear()
            raise DeviceRebooted(f"{self.link.port}: the device has booted during {what}")
        for event in events:
            if isinstance(event, protocol.DeviceComplaint):
                raise DeviceFailed(f"{self.link.port}: the device answers {what}: {event.text}")
        return events

    def one(self, events: Sequence[protocol.Event], kind: type[E], what: str) -> E:
        """Return the only event of a kind.

        Raises
        ------
        AnswerDamaged
            If there is not exactly one.
        """
        found = [event for event in events if isinstance(event, kind)]
        if len(found) != 1:
            raise AnswerDamaged(
                f"{self.link.port}: {len(found)} answers of the kind {kind.__name__} to {what}, "
                "not one: is the line noisy, or the baud rate wrong?"
            )
        return found[0]

    def wait_for(self, kind: type[E], timeout_s: float, what: str) -> E:
        """Return the next event of a kind, before m-ready; raises as `ask`."""
        deadline = now_ns() + int((timeout_s + 2 * self.link.seconds_for(64)) * 1e9)
        while True:
            event = self.link.receive(deadline)
            if event is None:
                raise DeviceNotResponding(f"{self.link.port}: no {kind.__name__} after {what}")
            self.checked([event], what)
            if isinstance(event, kind):
                return event
