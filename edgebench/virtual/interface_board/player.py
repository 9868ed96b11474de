"""Playing recordings to the device, and when its pins changed by the board's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from edgebench.virtual.interface_board.audio_wire import AudioWire, PinChange
from edgebench.virtual.interface_board.card import Recording
from edgebench.virtual.interface_board.clock import BoardClock
from edgebench.virtual.interface_board.pins import PinRecorder

PIECE = 160
"""Samples that are sent together: 10 ms at 16 kHz."""


@dataclass(frozen=True)
class Playing:
    """A recording's start on the board's clock, the wire's count of samples then, its rate."""

    start_ns: int
    before: int
    rate_hz: int

    def moment_ns(self, samples: int, us: int = 0) -> float:
        """Return when the wire's count was `samples`, or microseconds later."""
        return self.start_ns + (samples - self.before) * 1e9 / self.rate_hz + us * 1e3


class WirePlayer:
    """Plays to the device at the other end of a wire, and notes its pins.

    Parameters
    ----------
    is_fast
        Play as fast as the device takes it; the board's clock shows the time it would have taken.
    wait
        Waits so many seconds, between pieces.
    """

    def __init__(
        self,
        pins: PinRecorder,
        clock: BoardClock,
        *,
        is_fast: bool,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pins, self._clock, self._is_fast, self._wait = pins, clock, is_fast, wait
        self._playing: Playing | None = None
        self.wire: AudioWire | None = None

    def forget(self) -> None:
        """Forget the last recording: its start was by a clock that has begun again."""
        self._playing = None

    def changed(self, change: PinChange) -> None:
        """Note a change of a pin: by the recording it is of, or else as it comes."""
        playing, now_ns = self._playing, float(self._clock.now_ns())
        if playing is not None and change.samples > playing.before:
            now_ns = playing.moment_ns(change.samples, change.us)
        self._pins.change(change.pin, change.level, now_ns)

    def play(self, recording: Recording) -> None:
        """Play a recording; a device that does not listen misses it."""
        wire = self.wire
        before = 0 if wire is None else wire.sent
        playing = Playing(self._clock.now_ns(), before, recording.rate_hz)
        self._playing = playing
        data = recording.samples.astype("<i2")
        is_heard = wire is not None
        for first in range(0, len(data), PIECE):
            piece = data[first : first + PIECE]
            self._wait_until(playing.moment_ns(before + first + len(piece)))
            is_heard = is_heard and wire is not None and wire.send(piece.tobytes())
        if is_heard and wire is not None:
            wire.wait_heard(wire.sent)
        self._clock.advance_to(round(playing.moment_ns(before + len(data))))

    def _wait_until(self, moment_ns: float) -> None:
        if not self._is_fast:
            self._wait(max(0.0, (moment_ns - self._clock.now_ns()) / 1e9))
