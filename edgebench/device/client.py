"""A device that is talked to: who it is, loading, inferring, and what to do when that fails.

Whatever fails for a sample is repaired for that sample only: the device is found again (after a
reboot, too), the sample is sent again, and the run goes on; the event is noted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TypeVar

from edgebench.device import messages
from edgebench.device.conversation import Conversation, Identity
from edgebench.device.loading import Loading
from edgebench.device.repair import BOOT_S, Repair
from edgebench.device.timing import Timed, Timing
from edgebench.errors import AnswerDamaged

logger = logging.getLogger(__name__)
E = TypeVar("E")


class Device(Conversation):
    """A device at the other end of a link; see `Conversation` for its parameters."""

    @cached_property
    def loading(self) -> Loading:
        """How inputs get into the device, and whether they arrived."""
        return Loading(self)

    @cached_property
    def _timing(self) -> Timing:
        return Timing(self)

    @cached_property
    def _repair(self) -> Repair:
        return Repair(self)

    def wake(self, timeout_s: float = BOOT_S) -> Identity:
        """Wait for a device that may be booting, and ask it who it is.

        Raises
        ------
        DeviceNotResponding
            If nobody answers ``name%`` in time.
        """
        self._repair.find(timeout_s)
        identity = self.repaired(self.identify, "asking who it is")
        logger.info("%s: it is %s", self.link.port, identity)
        return identity

    def identify(self) -> Identity:
        """Ask for the name, the profile and the model, until two answers are the same.

        Raises
        ------
        AnswerDamaged
            If no two are: they carry no checksum.
        """
        name = self.one(self.ask("name"), messages.Name, "`name`").name
        events = self._profile()
        for _ in range(self.retries + 1):
            before, events = events, self._profile()
            if events == before:
                break
        else:
            raise AnswerDamaged(
                f"{self.link.port}: the answers to `profile` differ each time; the last is "
                f"{self.link.said}: is the line noisy?"
            )
        self.identity = Identity(
            name,
            next((e.profile for e in events if isinstance(e, messages.Profile)), ""),
            next((e.model for e in events if isinstance(e, messages.ModelName)), ""),
            next((e for e in events if isinstance(e, messages.Extensions)), None),
            tuple(e for e in events if isinstance(e, messages.ModelPart)),
        )
        return self.identity

    def _profile(self) -> list[messages.Event]:
        """Ask for the profile; what other programs of the board print meanwhile is left out."""
        return [event for event in self.ask("profile") if not isinstance(event, messages.Noise)]

    def load(self, data: bytes) -> None:
        """Load the current input: `Loading.load`."""
        self.loading.load(data)

    def load_slot(self, slot: int, data: bytes) -> None:
        """Load a slot: `Loading.load_slot`."""
        self.loading.load_slot(slot, data)

    def infer(self, count: int = 1, warmups: int = 0, *, timestamps: bool = True) -> Timed:
        """Run the current input: `Timing.infer`."""
        return self._timing.infer(count, warmups, timestamps=timestamps)

    def run_slots(self, first: int, inputs: Sequence[bytes]) -> Timed:
        """Run slots one after the other: `Timing.run_slots`."""
        return self._timing.run_slots(first, inputs)

    def reset(self) -> None:
        """Let a network that keeps a state begin again, as before its first inference.

        Raises
        ------
        DeviceError
            If the firmware can't; in its words.
        """
        self.ask("eb", "reset")

    def steps(self, count: int) -> messages.Steps:
        """Learn what each step of the network takes: `Timing.steps`."""
        return self._timing.steps(count)

    def sample(self, data: bytes, what: str = "the sample") -> Timed:
        """Load an input, run it once, and return its answer; repair what goes wrong."""

        def once() -> Timed:
            self.load(data)
            return self.infer()

        return self.repaired(once, what)

    def repaired(self, step: Callable[[], E], what: str) -> E:
        """Do a step, again if it fails: `Repair.repaired`."""
        return self._repair.repaired(step, what)

    def attempted(self, step: Callable[[], E], what: str) -> E | None:
        """Do a step once, and return None if it fails: `Repair.attempted`."""
        return self._repair.attempted(step, what)

    def recover(self) -> None:
        """Find the device again: `Repair.recover`."""
        self._repair.recover()

    def change_baud(self, baud: int) -> bool:
        """Run the line faster, if device and port can: `Repair.change_baud`."""
        return self._repair.change_baud(baud)
