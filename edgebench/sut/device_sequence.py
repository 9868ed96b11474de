"""Samples of a model that keeps a state: a sequence, which a device must run from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgebench.device.client import Device


class SampleSequence:
    """Which sample the state of a device waits for.

    A sample that is tried again, or comes after a reboot, needs a state that only the samples
    before it make: the device is reset, and they are run again.

    Attributes
    ----------
    can_follow
        Whether the model keeps a state, and the firmware can reset it.
    is_followed
        Whether samples are run in their order now. LoadGen shuffles them: where outputs count, all
        are run before it asks for them; where time counts, the state does not.
    """

    def __init__(self, device: Device, *, keeps_state: bool) -> None:
        extensions = device.identity.extensions
        resets = extensions is not None and extensions.number("state") > 0
        self.can_follow = keeps_state and resets
        self.is_followed = False
        self._device = device

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Run samples in their order, from the first, within a block."""
        self.is_followed, self._device.next_sample = self.can_follow, None
        try:
            yield
        finally:
            self.is_followed = False

    def to_replay(self, index: int) -> range:
        """Return the samples to run first; the device is reset where there is no other way."""
        expected = self._device.next_sample
        self._device.next_sample = None  # unknown, until the sample has been run
        if expected is not None and expected <= index:
            return range(expected, index)
        self._device.reset()
        return range(index)

    def done(self, index: int) -> None:
        """Note that the state is the one behind a sample."""
        self._device.next_sample = index + 1
