"""Find a device again when something fails, and do what failed once more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import chain, repeat
from typing import TypeVar

from edgebench.device import messages, protocol
from edgebench.device.conversation import Conversation
from edgebench.device.loading import FirstLoadFailed
from edgebench.errors import (
    DeviceError,
    DeviceLost,
    DeviceMismatch,
    DeviceNotResponding,
    PortUnavailable,
)
from edgebench.text.sentences import and_then

logger = logging.getLogger(__name__)
E = TypeVar("E")

BOOT_S = 15.0
NAME_S = (0.7, 0.7, 1.5, 3.0, 5.0)
RETURN_S = 20.0
"""How long a board that has left the bus is waited for."""
PROFILE = (messages.Profile, messages.ModelName, messages.Extensions, messages.DeviceComplaint)
BINARY_SILENCE_S = 1.2
"""A device gives up on a binary load after 1 s without a byte."""
MOST_PLACES = 10
"""A step that fails at more exchanges than these does so for another reason than noise."""
BAUD_TRIAL_S = 2.2


class Repair:
    """Keeps a conversation going: after noise, a reboot, another rate."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._first_baud = self._wanted_baud = talk.link.baud

    def repaired(self, step: Callable[[], E], what: str) -> E:
        """Do a step; find the device again and do it again when that fails.

        A step of many exchanges, such as an input in parts, seldom comes through a noisy line as
        a whole. So only failures at the same exchange, one after the other, use up the retries,
        up to as many failures as the retries of every exchange together, of `MOST_PLACES` at most:
        a device that reboots at changing places of a long input is given up.

        Raises
        ------
        DeviceError
            What the last try ended with.
        """
        retries = self._talk.retries
        in_a_row = failures = longest = place = 0
        while True:
            begun = self._talk.exchanges
            try:
                return step()
            except PortUnavailable:
                raise
            except DeviceError as error:
                if not isinstance(error, FirstLoadFailed):
                    failed_at = self._talk.exchanges - begun
                    in_a_row = in_a_row + 1 if failed_at == place else 1
                    place, failures = failed_at, failures + 1
                    longest = max(longest, failed_at, 1)
                    if in_a_row > retries or failures > retries * min(longest, MOST_PLACES):
                        raise
                self._mend(error, what)

    def attempted(self, step: Callable[[], E], what: str) -> E | None:
        """Do a step once; find the device again and return None when that fails.

        Raises
        ------
        DeviceError
            If there are no retries, or the device can't be found again.
        """
        try:
            return step()
        except PortUnavailable:
            raise
        except DeviceError as error:
            if not self._talk.retries:
                raise
            self._mend(error, what)
            return None

    def _mend(self, error: DeviceError, what: str) -> None:
        """Note what failed, and find the device again."""
        self._talk.on_event(f"{what}: {error}; tried again")
        self._talk.link.transcript.remark(f"{error}")
        logger.warning("%s: %s: %s; tried again", what, type(error).__name__, error)
        if isinstance(error, DeviceLost):
            self._wait_for_return(error)
        self.recover()

    def _wait_for_return(self, error: DeviceLost) -> None:
        """Wait for a board that has left the bus: one that enumerates again is soon back."""
        link = self._talk.link
        if not link.can_come_back:
            raise error
        self._talk.on_event(f"waiting up to {RETURN_S:g} s for {link.port} to come back")
        if not link.reopen(RETURN_S):
            raise DeviceLost(
                and_then(error, f"It has not come back within {RETURN_S:g} s")
            ) from error
        self._talk.on_event(f"{link.port} is back")
        name = self.find(BOOT_S)
        if self._talk.identity.name not in ("", name):
            raise DeviceMismatch(
                f"{link.port}: {self._talk.identity.name} has gone, and {name} is there now: plug "
                "the first one in again"
            ) from error

    def recover(self) -> None:
        """Find the device again, whatever state it is in; nothing is taken for loaded then."""
        logger.info("%s: looking for the device again", self._talk.port)
        self._talk.forget_contents()
        if self._talk.identity.extensions is not None:
            # A binary load that was left open ends by silence only.
            self._talk.link.listen(BINARY_SILENCE_S)
        self._talk.link.drain(0.3)
        self._talk.link.forget()
        try:
            self.find(BINARY_SILENCE_S + NAME_S[0])
        except DeviceNotResponding:
            # Longer than any timeout of the device's own: it may be booting, too.
            self.find(BOOT_S)
        if self._talk.link.baud != self._wanted_baud:
            self.change_baud(self._wanted_baud)

    def change_baud(self, baud: int) -> bool:
        """Run the line faster, if device and port can; return whether they do."""
        if self._talk.identity.extensions is None or baud == self._talk.link.baud:
            return baud == self._talk.link.baud
        before, self._wanted_baud = self._talk.link.baud, baud
        try:
            taken = self._talk.one(
                self._talk.ask("eb", "baud", baud), messages.BaudTaken, f"`eb baud {baud}`"
            ).baud
            self._talk.link.baud = taken
            self._talk.ask("name")
        except DeviceLost:
            raise
        except DeviceError as error:
            self._talk.on_event(f"{baud} baud can't be had: {error}")
            self._wanted_baud = self._talk.link.baud = before
            # By then the device has gone back to the rate that it came from.
            self._talk.link.listen(BAUD_TRIAL_S)
            self.find(BOOT_S)
        return self._talk.link.baud == baud

    def find(self, timeout_s: float) -> str:
        """Ask for the name until it comes, let the rest of what is under way pass, return it.

        Each question waits longer than the one before: a slow device answers in the end.
        """
        clock = self._talk.link.clock
        end = clock() + int(timeout_s * 1e9)
        last: DeviceError | None = None
        steps = chain(NAME_S, repeat(NAME_S[-1]))
        asked = 0
        while (left_s := (end - clock()) / 1e9) > 0:
            asked += 1
            try:
                events = self._talk.ask("name", timeout_s=min(next(steps), left_s))
                name = next((e.name for e in events if isinstance(e, messages.Name)), None)
                if name is not None:
                    if asked > 1:
                        self._pass_over()
                    self._talk.link.drain(0.5)
                    return name
            except DeviceLost:
                raise
            except DeviceError as error:
                last = error
                self._talk.link.drain(0.2)
            self._back_to_first_baud(last)
        raise DeviceNotResponding(
            f"{self._talk.port}: nobody answers `name%` at {self._talk.link.baud} baud within "
            f"{timeout_s:.3g} s, but {self._talk.link.said} came; is it the right port and rate, "
            "is the firmware running? `edgebench devices` tries every port and the usual rates"
        ) from last

    def _pass_over(self) -> None:
        """Wait for the answers to earlier questions: what is asked next would get them.

        A device answers in order, so the answer to another command comes behind all of them.
        """
        link = self._talk.link
        link.send(protocol.command("profile"))
        end = link.clock() + int(self._talk.patience.seconds * 1e9)
        has_come = False
        while (event := link.receive(end)) is not None:
            if has_come and isinstance(event, messages.Ready):
                return
            has_come = has_come or isinstance(event, PROFILE)

    def _back_to_first_baud(self, error: DeviceError | None) -> None:
        if isinstance(error, DeviceNotResponding) and self._talk.link.baud != self._first_baud:
            self._talk.link.baud = self._first_baud
