"""A PPK2's words to amperes, as arrays: by Nordic's formulas, which ppk2-api has one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FAST_SHARE, SLOW_SHARE = 0.18, 0.06
MEMORY = 256
"""Samples after which the slow average has forgotten what was before: 0.94 ** 256 = 1e-7."""
AFTER_SWITCH = 3
LAST_RANGE = 4


@dataclass(frozen=True)
class Calibration:
    """The kit's own calibration: shape (5,) each, one value per range; see ppk2-api's modifiers."""

    offset: NDArray[np.float64]
    ohms: NDArray[np.float64]
    square: NDArray[np.float64]
    gain: NDArray[np.float64]
    per_volt: NDArray[np.float64]
    shift: NDArray[np.float64]
    user_gain: NDArray[np.float64]

    @classmethod
    def of(cls, modifiers: dict[str, Any]) -> Calibration:
        """Return ppk2-api's modifiers as arrays."""
        columns = (
            np.array([float(modifiers[name][str(number)]) for number in range(5)])
            for name in ("O", "R", "GS", "GI", "S", "I", "UG")
        )
        return cls(*columns)


@dataclass
class Converter:
    """Words to amperes, with Nordic's filter: for three samples after a switch of range an average
    of the past stands in for what the switch disturbed.
    """

    calibration: Calibration
    supply_v: float
    _past: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    _range: int = -1
    _since: int = 1 << 30

    def amps(self, words: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Return the current of each word."""
        if not len(words):
            return np.empty(0)
        ranges = np.minimum((words >> 14) & 0x7, LAST_RANGE).astype(np.int64)
        found = self._unfiltered((words & 0x3FFF).astype(np.float64) * 4, ranges)
        since = self._since_switch(ranges)
        # In the last range the first two do not enter the averages.
        enters = ~((ranges == LAST_RANGE) & (since < AFTER_SWITCH - 1))
        past = self._past if len(self._past) else np.full(MEMORY, found[0])
        line = np.concatenate((past, found[enters]))
        places = np.flatnonzero(since < AFTER_SWITCH)
        if len(places):
            ends = len(past) + np.cumsum(enters)[places]
            windows = line[ends[:, None] - np.arange(1, MEMORY + 1)]
            slow, fast = windows @ _weights(SLOW_SHARE), windows @ _weights(FAST_SHARE)
            found = found.copy()
            found[places] = np.where(ranges[places] == LAST_RANGE, slow, fast)
        self._past = line[-MEMORY:]
        return found

    def _unfiltered(
        self, adc: NDArray[np.float64], ranges: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        at = self.calibration
        plain = (adc - at.offset[ranges]) * (1.8 / 163840 / at.ohms)[ranges]
        rest = (at.per_volt * self.supply_v + at.shift)[ranges]
        found: NDArray[np.float64] = at.user_gain[ranges] * (
            plain * (at.square[ranges] * plain + at.gain[ranges]) + rest
        )
        return found

    def _since_switch(self, ranges: NDArray[np.int64]) -> NDArray[np.int64]:
        before = ranges[0] if self._range < 0 else self._range
        switched = np.diff(ranges, prepend=before) != 0
        numbers = np.arange(len(ranges))
        last = np.maximum.accumulate(np.where(switched, numbers, -1))
        since = np.where(last >= 0, numbers - last, self._since + 1 + numbers)
        self._range, self._since = int(ranges[-1]), int(since[-1])
        return since


def _weights(share: float) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = share * (1 - share) ** np.arange(MEMORY, dtype=np.float64)
    weights[-1] += 1 - weights.sum()
    return weights
