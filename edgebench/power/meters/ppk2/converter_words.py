"""A PPK2's bytes to words, whole and in step.

A word has four bytes: 14 bits of the converter, 3 of the range, 6 of a counter, 8 logic bits. The
counter of every word is checked: a lost byte puts all that comes after it out of step, and words
that are read out of step are currents of any size. Source: Nordic's own client for the counter,
ppk2-api for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

WORD = 4
COUNTER = 64
COUNTER_BYTE, COUNTER_SHIFT = 2, 2
CONFIRMED = 6
"""So many words that count on are in step: by chance once in 64 ** 5."""
DOUBTFUL = 4
"""Words at a break whose counters are right by chance, once in 64 for each, or that have a
neighbour's byte behind or before a counter that is right."""


@dataclass
class Words:
    """Turns bytes into words; ``adrift_bytes`` have come since the last word that was in step."""

    adrift_bytes: int = 0
    _left: bytes = b""
    _counter: int | None = None
    _in_step: bool = False
    _counts: bool = True
    _words: list[NDArray[np.uint32]] = field(default_factory=list)
    _missing: list[NDArray[np.int64]] = field(default_factory=list)

    def feed(
        self, data: bytes, *, is_end: bool = False
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Return words, and how many are missing before each.

        Parameters
        ----------
        is_end
            Nothing more comes: the last words, which wait for what confirms them, are returned.
        """
        waiting = self._left + data
        scan = _Scan(waiting)
        if self._counter is None and scan.stands_still:
            self._counts = False  # a firmware that does not count
        place = self._counted(waiting, scan, is_end) if self._counts else self._plain(waiting)
        self._left = waiting[place:]
        words, missing = self._words, self._missing
        self._words, self._missing = [], []
        if not words:
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        return np.concatenate(words), np.concatenate(missing)

    def _plain(self, waiting: bytes) -> int:
        return self._keep(waiting, 0, len(waiting) // WORD)

    def _counted(self, waiting: bytes, scan: _Scan, is_end: bool) -> int:
        """Keep the words that are in step; return where the bytes begin that are not read yet."""
        place = 0
        while True:
            if not self._in_step:
                step = scan.next_confirmed(place)
                self._in_step = step is not None
                if step is None:
                    step = max(place, len(waiting) - WORD * CONFIRMED + 1)
                elif step > place or self.adrift_bytes:
                    step += DOUBTFUL * WORD
                self.adrift_bytes += step - place
                place = step
                if not self._in_step:
                    return place
            count = scan.counting_on(place)
            end = place + count * WORD
            after = (len(waiting) - end) // WORD
            if after < CONFIRMED and (after == 0 or not is_end):
                # What comes next may show that the last words are doubtful.
                count = count if is_end else count - DOUBTFUL
                return self._keep(waiting, place, count)
            if scan.is_confirmed(end):
                place = self._keep(waiting, place, count)  # whole words are missing
            else:
                place = self._keep(waiting, place, count - DOUBTFUL)
                self._in_step = False

    def _keep(self, waiting: bytes, place: int, count: int) -> int:
        """Keep words from a place on; return where they end."""
        if count <= 0:
            return place
        words = np.frombuffer(waiting, "<u4", count, place).astype(np.uint32)
        counters = (words >> 18) & (COUNTER - 1)
        missing = np.zeros(count, np.int64)
        if self._counter is not None and self._counts:
            missing[0] = self._missing_before(int(counters[0]), self._counter)
        self._counter, self.adrift_bytes = int(counters[-1]), 0
        self._words.append(words)
        self._missing.append(missing)
        return place + count * WORD

    def _missing_before(self, counter: int, last: int) -> int:
        """Return how many words are missing: the counter says it but for multiples of 64."""
        counted = (counter - last - 1) % COUNTER
        rounds = round((self.adrift_bytes / WORD - counted) / COUNTER)
        return counted + COUNTER * max(rounds, 0)


class _Scan:
    """Where the counters in some bytes count on, whatever byte a word begins at."""

    def __init__(self, waiting: bytes) -> None:
        self._size = len(waiting)
        counters = np.frombuffer(waiting, np.uint8)[COUNTER_BYTE : self._size - 1] >> COUNTER_SHIFT
        steps = (counters[WORD:] - counters[:-WORD]) % COUNTER
        self._goes_on = steps == 1
        confirmed = self._goes_on
        for later in range(1, CONFIRMED - 1):
            confirmed = confirmed[: max(len(self._goes_on) - later * WORD, 0)]
            confirmed = confirmed & self._goes_on[later * WORD :][: len(confirmed)]
        self._confirmed = np.flatnonzero(confirmed)
        self._is_confirmed = confirmed
        breaks = np.flatnonzero(~self._goes_on)
        self._breaks = [breaks[breaks % WORD == phase] for phase in range(WORD)]
        aligned = steps[::WORD]
        self.stands_still = (
            len(aligned) >= CONFIRMED and not len(self._confirmed) and not aligned.any()
        )

    def next_confirmed(self, place: int) -> int | None:
        """Return the first byte from a place on where words begin that are in step."""
        number = int(np.searchsorted(self._confirmed, place))
        return int(self._confirmed[number]) if number < len(self._confirmed) else None

    def is_confirmed(self, place: int) -> bool:
        """Return whether words that are in step begin there."""
        return place < len(self._is_confirmed) and bool(self._is_confirmed[place])

    def counting_on(self, place: int) -> int:
        """Return how many words from a place on count on from each other."""
        breaks = self._breaks[place % WORD]
        number = int(np.searchsorted(breaks, place))
        if number < len(breaks):
            return (int(breaks[number]) - place) // WORD + 1
        return (self._size - place) // WORD
