"""Note the device's pins as the board does, with the limits of its firmware."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from edgebench.virtual.interface_board.clock import WRAP, ticks

WW_DETECTED, PROCESSING = "WW_DETECTED", "PROCESSING"
TICKS_PER_MS = 100
BOUNCE_MS = 10
"""A detection so soon after one is the same."""
MOST_DETECTIONS = 10_000
MOST_FRAMES = 100
"""Of which the firmware keeps when computing began and ended."""


class PinRecorder:
    """Times of changes; called by whoever hears the pins and by whoever asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._detections_ms: list[int] = []
            self._starts: list[int] = []
            self._stops: list[int] = []

    def change(self, pin: str, level: int, moment_ns: float) -> None:
        """Note that a pin has a level from a moment of the board's clock on."""
        now = ticks(moment_ns)
        with self._lock:
            if self._levels.get(pin) == level:
                return
            self._levels[pin] = level
            if pin == WW_DETECTED and not level:
                self._detect(now // TICKS_PER_MS)
            elif pin == PROCESSING:
                edges = self._starts if level else self._stops
                edges.extend([now] if len(edges) < MOST_FRAMES else [])

    def _detect(self, now_ms: int) -> None:
        found = self._detections_ms
        # In the firmware's arithmetic: unsigned, and the timer may have wrapped.
        is_new = not found or found[-1] < (now_ms - BOUNCE_MS) % WRAP or found[-1] > now_ms
        if is_new and len(found) < MOST_DETECTIONS:
            found.append(now_ms)

    def detections_ms(self) -> Sequence[int]:
        """Return when WW_DETECTED fell."""
        with self._lock:
            return tuple(self._detections_ms)

    def processing(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return when PROCESSING rose and when it fell, in ticks of the timer."""
        with self._lock:
            return tuple(self._starts), tuple(self._stops)
