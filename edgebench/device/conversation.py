"""Commands to a device and its answers, one exchange at a time; what it is known to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from edgebench.device import messages, protocol
from edgebench.device.answer_text import EXPECTED, advice_on, refusal_of
from edgebench.device.options import DEFAULT_RETRIES, Verify
from edgebench.device.port.link import Link
from edgebench.device.timeouts import Patience
from edgebench.errors import AnswerDamaged, DeviceFailed, DeviceNotResponding, DeviceRebooted
from edgebench.events import OnEvent, ignore
from edgebench.text.printable import quoted

E = TypeVar("E")

REFERENCE_COMMAND_BYTES = 80
"""MLPerf Tiny's reference firmware; with what ends the text in C, 79 characters fit."""


VALUE_CHARACTERS = 24
"""That a printed value has at most, with its comma."""
MESSAGE_BYTES = 256
"""That a line has besides its values, at most."""
SPARE = 2
"""So many times what its bytes take on the line an answer may take."""


@dataclass(frozen=True)
class Identity:
    """A device's description of itself; texts are empty where it gives none."""

    name: str
    profile: str = ""
    model: str = ""
    extensions: messages.Extensions | None = None
    parts: tuple[messages.ModelPart, ...] = ()
    """The model's inputs and outputs, where it has several and the firmware is edgebench's."""

    @property
    def outputs(self) -> int:
        """How many outputs the model has, as far as the device says it."""
        return max(1, sum(part.way == "output" for part in self.parts))

    @property
    def engine(self) -> str:
        """The name of the engine, where that is not edgebench's own kernels."""
        return self.extensions.values.get("engine", "") if self.extensions else ""

    @property
    def arena_bytes(self) -> int | None:
        """How much of its memory another engine uses; 0: it can't compute the model."""
        said = self.extensions
        return said.number("arena") if said and "arena" in said.values else None


class Conversation:
    """A link and what is known of the device at its other end.

    Attributes
    ----------
    verify
        ``auto``: what was loaded is compared (by a checksum where the device has one, else by
        reading it back), and so are results; ``never``: neither.
    retries
        How often in a row the same exchange may fail before a sample is given up.
    exchanges
        How many commands have been sent so far.
    on_event
        Called with everything that went wrong and was repaired.
    clock_is_real
        False for an emulator's clock, which counts instructions and may outrun the host's.
    patience
        How long an answer may take that computes nothing.
    slots
        Which sample each of the device's slots holds.
    next_sample
        The sample of a sequence that the network's state waits for; None where that is unknown.
    """

    def __init__(
        self,
        link: Link,
        verify: Verify = "auto",
        retries: int = DEFAULT_RETRIES,
        on_event: OnEvent = ignore,
        clock_is_real: bool = True,
        timeout_s: float | None = None,
    ) -> None:
        self.link = link
        self.verify = verify
        self.retries = retries
        self.exchanges = 0
        self.on_event = on_event
        self.clock_is_real = clock_is_real
        self.patience = Patience(timeout_s)
        self._printed_bytes = self._output_bytes = 0
        self.identity = Identity("")
        self.slots: dict[int, int] = {}
        self.next_sample: int | None = None

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

    def expect_outputs(self, values: int, size_bytes: int) -> None:
        """Say how many values a model's outputs have, and how many bytes in its own numbers.

        Deadlines and the longest line follow: thousands of values are seconds on a serial line.
        """
        self._printed_bytes = VALUE_CHARACTERS * values
        self._output_bytes = 2 * size_bytes  # hexadecimal
        self.link.allow_lines(MESSAGE_BYTES + max(self._printed_bytes, self._output_bytes))

    @property
    def results_s(self) -> float:
        """How long printed results may be on the line."""
        return SPARE * self.link.seconds_for(self._printed_bytes)

    @property
    def output_s(self) -> float:
        """How long an output in the model's own numbers may be on the line."""
        return SPARE * self.link.seconds_for(self._output_bytes)

    def forget_contents(self) -> None:
        """Take nothing for loaded, and no state for kept: the device may have booted."""
        self.slots.clear()
        self.next_sample = None

    def ask(self, *words: str | int, timeout_s: float | None = None) -> list[messages.Event]:
        """Send a command and return what is answered, up to m-ready.

        Parameters
        ----------
        timeout_s
            How long the answer may take; None for one that computes nothing.

        Raises
        ------
        DeviceNotResponding, DeviceLost, DeviceRebooted
            As they say.
        DeviceFailed
            If the device answers with an error of its own, or refuses in words of its own.
        """
        text = protocol.command(*words)
        return self.answer(text, f"`{' '.join(map(str, words))}`", timeout_s)

    def answer(self, text: bytes, what: str, timeout_s: float | None) -> list[messages.Event]:
        """Send a text and return what is answered; raises as `ask`."""
        patience_s = self.patience.seconds if timeout_s is None else timeout_s
        began = self.link.clock()
        self.exchanges += 1
        self.link.send(text)
        wait_s = patience_s + 2 * self.link.seconds_for(len(text) + 64)
        try:
            events = self.link.until_ready(wait_s, what)
        except DeviceNotResponding:
            self.patience.missed()
            raise
        if timeout_s is None:
            self.patience.answered((self.link.clock() - began) / 1e9)
        return self.checked(events, what)

    def checked(self, events: list[messages.Event], what: str) -> list[messages.Event]:
        """Return events, unless the device has booted or complains; raises as `ask`."""
        if any(isinstance(event, messages.InitDone) for event in events):
            self.forget_contents()
            raise DeviceRebooted(
                f"{self.port}: the device has booted during {what}: is its supply steady?"
            )
        for event in events:
            if isinstance(event, messages.DeviceComplaint):
                raise DeviceFailed(f"{self.port}: the device answers {what}: {quoted(event.text)}")
        self.check_refusal(events, what, is_answered=True)
        return events

    def check_refusal(
        self, events: Sequence[messages.Event], what: str, *, is_answered: bool = False
    ) -> None:
        """Raise DeviceFailed if the device refuses in words of its own: `refusal_of`."""
        line = refusal_of(events, is_answered=is_answered)
        if line is not None:
            raise DeviceFailed(f"{self.port}: the device refuses {what}: {quoted(line)}")

    def one(self, events: Sequence[messages.Event], kind: type[E], what: str) -> E:
        """Return the only event of a kind.

        Raises
        ------
        AnswerDamaged
            If there is not exactly one.
        DeviceFailed
            If there is none, since the device refuses in words of its own.
        """
        found = [event for event in events if isinstance(event, kind)]
        if not found:
            self.check_refusal(events, what)
        if len(found) != 1:
            came = f" and came {len(found)} times" if found else ""
            raise AnswerDamaged(
                f"{self.port}: {what} was answered with {self.link.said}, where one "
                f"`{EXPECTED[kind]}` is due{came}; {advice_on(events)}"
            )
        return found[0]

    def wait_for(self, kind: type[E], timeout_s: float, what: str) -> E:
        """Return the next event of a kind, before m-ready; raises as `ask`."""
        deadline = self.link.clock() + int((timeout_s + 2 * self.link.seconds_for(64)) * 1e9)
        before: list[messages.Event] = []
        while True:
            event = self.link.receive(deadline)
            if event is None:
                self.check_refusal(before, what)
                raise DeviceNotResponding(
                    f"{self.port}: no `{EXPECTED[kind]}` after {what}, but {self.link.said}: is "
                    "the line noisy, or `timeout_s` too short?"
                )
            self.checked([event], what)
            if isinstance(event, kind):
                return event
            before.append(event)
