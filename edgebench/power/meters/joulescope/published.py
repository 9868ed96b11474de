"""Turn what an instrument publishes into samples and marks.

Statistics carry the mean power of a block and the joules so far; input 0 comes as blocks of bits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgebench.errors import MeterLost
from edgebench.power.samples import Exchange, PowerSamples

MOST_W = 250.0
TIMES, LEAST_J = 10.0, 1e-6
"""How many times what the power says, and how much besides, the joules may fall or rise."""
ROUNDING_NS = 1000
PADDING_BITS = 7
"""A block of bits ends with a byte, of which so many may be padding."""


@dataclass
class Statistics:
    """Statistics that came, block by block.

    Attributes
    ----------
    asked_ns
        When the host asked the instrument to start.
    last_end_ns
        Where the last block ended, by the instrument's clock.
    """

    asked_ns: int
    last_end_ns: int = 0
    _counted_end_ns: int = 0
    _is_first: bool = True
    _base_j: float | None = None
    _last_j: float | None = None

    def samples(self, heard: deque[tuple[int, dict[str, Any]]]) -> PowerSamples:
        """Take every block that came, with when it came.

        Raises
        ------
        LookupError, TypeError, ValueError, ArithmeticError
            If a block has another form.
        MeterLost
            If the joules fall or jump though the power does not say so, or the samples' numbers
            fall.
        """
        rows, exchanges, wrong = [], [], 0
        while heard:
            came_ns, value = heard.popleft()
            start, end = value["time"]["samples"]["value"]
            per_sample_ns = 1e9 / float(value["time"]["sample_freq"]["value"])
            gap_ns = self._gap_ns(round(start * per_sample_ns))
            self.last_end_ns = round(end * per_sample_ns)
            power, volts, amps = (
                float(value["signals"][name]["avg"]["value"])
                for name in ("power", "voltage", "current")
            )
            if not abs(power) <= MOST_W:
                wrong += 1  # it leaves a gap
                continue
            joules = float(value["accumulators"]["energy"]["value"])
            used = power * (end - start) * per_sample_ns / 1e9
            self._check_count(joules, used, MOST_W * gap_ns / 1e9)
            self._counted_end_ns = self.last_end_ns
            if self._base_j is None:
                # The first block begins the count.
                self._base_j = joules - used
            earliest = self.asked_ns if self._is_first else None
            self._is_first = False
            exchanges.append(Exchange(self.last_end_ns, earliest, came_ns))
            rows.append((self.last_end_ns, power, joules - self._base_j, volts, amps))
        columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.empty(0)] * 5
        times, power_w, energy_j, volts_v, amps_a = columns
        return PowerSamples(
            times.astype(np.int64),
            power_w,
            energy_j,
            volts_v=volts_v,
            amps_a=amps_a,
            exchanges=tuple(exchanges),
            faults=(f"samples beyond {MOST_W:g} W were left out",) if wrong else (),
        )

    def _gap_ns(self, start_ns: int) -> int:
        """Return how long the blocks that are missing or left out before this one took."""
        gap_ns = 0 if self._last_j is None else start_ns - self._counted_end_ns
        # Blocks may overlap by the rounding of their ends alone.
        if gap_ns < -ROUNDING_NS:
            raise MeterLost(
                "joulescope: its count of samples fell: it has begun again, or another program has "
                "set it up anew"
            )
        return max(gap_ns, 0)

    def _check_count(self, joules: float, used_j: float, missing_j: float) -> None:
        """Compare the joules with the power; ``missing_j`` is the most that a gap may take."""
        last, self._last_j = self._last_j, joules
        if last is None:
            return
        counted = joules - last
        if counted < TIMES * min(used_j, 0.0) - missing_j - LEAST_J:
            raise MeterLost(
                f"joulescope: its count of energy fell from {last:.6g} to {joules:.6g} J: another "
                "program has reset it, and how much energy was used is not known"
            )
        if counted > TIMES * max(used_j, 0.0) + missing_j + LEAST_J:
            raise MeterLost(
                f"joulescope: its count of energy rose from {last:.6g} to {joules:.6g} J where "
                f"{used_j:.3g} J were used: which of them is right is not known"
            )


@dataclass
class Input:
    """Input 0, whose falls are marks."""

    heard: deque[dict[str, Any]] = field(default_factory=deque)
    _is_high: bool = False

    def marks(self, *, is_end: bool) -> list[int]:
        """Return when it fell, by the instrument's clock.

        A block's bits may end with padding. Where the next block begins shows how many are real,
        so the last block waits.

        Raises
        ------
        LookupError, TypeError, ValueError, ArithmeticError
            If a block has another form.
        """
        found: list[int] = []
        while self.heard and (len(self.heard) > 1 or is_end):
            value = self.heard.popleft()
            bits = np.unpackbits(np.asarray(value["data"], np.uint8), bitorder="little")
            first, step = int(value["sample_id"]), int(value["decimate_factor"])
            count = len(bits) - PADDING_BITS
            if self.heard:
                until_next = (int(self.heard[0]["sample_id"]) - first) // step
                count = until_next if until_next <= len(bits) else count
            bits = bits[: max(count, 0)]
            if not len(bits):
                continue
            fell = np.flatnonzero(np.diff(bits.astype(np.int8), prepend=np.int8(self._is_high)) < 0)
            self._is_high = bool(bits[-1])
            per_sample_ns = 1e9 / float(value["sample_rate"])
            found += np.round((first + fell * step) * per_sample_ns).astype(int).tolist()
        return found
