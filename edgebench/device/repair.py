"""Find a device again when something fails, and do what failed once more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from edgebench.clock import now_ns
from edgebench.device import protocol
from edgebench.device.conversation import Conversation
from edgebench.errors import DeviceError, DeviceLost, DeviceNotResponding, PortUnavailable

logger = logging.getLogger(__name__)
E = TypeVar("E")

BOOT_S = 15.0
NAME_S = 0.7
BINARY_SILENCE_S = 1.2
"""A device gives up on a binary load after 1 s without a byte."""
BAUD_TRIAL_S = 2.2


class Repair:
    """Keeps a conversation going: after noise, a reboot, another rate."""

    def __init__(self, talk: Conversation) -> None:
        self._talk = talk
        self._first_baud = self._wanted_baud = talk.link.baud

    def repaired(self, step: Callable[[], E], what: str) -> E:
        """Do a step; find the device again and do it again when that fails.

        Raises
        ------
        DeviceError
            What the last try ended with; `DeviceLost` at once.
        """
        for left in range(self._talk.retries, -1, -1):
            try:
                return step()
            except (DeviceLost, PortUnavailable):
                raise
            except DeviceError as error:
                if not left:
                    raise
                self._talk.on_event(f"{what}: {type(error).__name__}: {error}; tried again")
                self._talk.link.transcript.remark(f"{type(error).__name__}: {error}")
                logger.warning("%s: %s: %s; %d tries left", what, type(error).__name__, error, left)
                self.recover()
        raise AssertionError  # the last try has returned or raised

    def recover(self) -> None:
        """Find the device again, whatever state it is in; nothing is taken for loaded then."""
        logger.info("%s: looking for the device again", self._talk.port)
        self._talk.slots.clear()
        if self._talk.identity.extensions is not None:
            # A binary load that was left open ends by silence only.
            self._talk.link.listen(BINARY_SILENCE_S)
        self._talk.link.drain(0.3)
        self._talk.link.forget()
        try:
            self.find(BINARY_SILENCE_S + NAME_S)
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
                self._talk.ask("eb", "baud", baud), protocol.BaudTaken, "eb baud"
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

    def find(self, timeout_s: float) -> None:
        """Ask for the name until it comes, then let the rest of what is under way pass."""
        end = now_ns() + int(timeout_s * 1e9)
        last: DeviceError | None = None
        while now_ns() < end:
            try:
                if any(
                    isinstance(e, protocol.Name) for e in self._talk.ask("name", timeout_s=NAME_S)
                ):
                    self._talk.link.drain(0.5)
                    return
            except DeviceLost:
                raise
            except DeviceError as error:
                last = error
                self._talk.link.drain(0.2)
            self._back_to_first_baud(last)
        raise DeviceNotResponding(
            f"{self._talk.port}: nobody answers `name%` at {self._talk.link.baud} baud within "
            f"{timeout_s:.3g} s; is it the right port and rate, is the firmware running? "
            "`edgebench devices` tries every port and the usual rates"
        ) from last

    def _back_to_first_baud(self, error: DeviceError | None) -> None:
        if isinstance(error, DeviceNotResponding) and self._talk.link.baud != self._first_baud:
            self._talk.link.baud = self._first_baud
