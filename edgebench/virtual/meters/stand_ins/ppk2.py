"""A PPK2 that is played; its protocol is in `edgebench.power.meters.ppk2`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgebench.power.meters.ppk2.driver import Ppk2Driver
from edgebench.power.meters.ppk2.instrument import LIMITS, RATE_HZ
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import STREAM, Kind, OnLine
from edgebench.virtual.meters.line import PtyLine

OHMS = np.array([1031.64, 101.65, 10.15, 0.94, 0.043])
ARGUMENTS = {0x0C: 1, 0x0D: 2, 0x11: 1, 0x12: 1, 0x25: 2}
"""Commands that have more bytes."""
METADATA = (
    "Calibrated: 0\n"
    + "".join(f"R{n}: {ohms}\n" for n, ohms in enumerate(OHMS.tolist()))
    + "".join(
        f"{name}{n}: {value}\n"
        for name, value in (("GS", 0), ("GI", 1), ("O", 0), ("S", 0), ("I", 0), ("UG", 1))
        for n in range(5)
    )
    + "HW: 9173\nIA: 56\nEND\n"
)
STEP_A = 4 * 1.8 / 163840
MARK_SAMPLES = 3


class VirtualPpk2:
    """A hundred thousand samples a second."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._supply_v = 3.3
        self._counter = 0
        self._low_until = -1

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def feed(self, data: bytes) -> bytes:
        """Answer commands."""
        waiting, answer = self._left + data, b""
        while waiting and len(waiting) > ARGUMENTS.get(waiting[0], 0):
            command, arguments = waiting[0], waiting[1 : 1 + ARGUMENTS.get(waiting[0], 0)]
            waiting = waiting[1 + len(arguments) :]
            if command == 0x19:
                answer += METADATA.encode()
            elif command == 0x0D:
                steps = (arguments[0] - 3) * 256 + arguments[1]
                self._supply_v = (800 - 32 + steps) / 1e3
            elif command == 0x06:
                self._low_until = -1
                self._instrument.start()
            elif command == 0x07:
                self._instrument.ending()
                answer += self.due()
                self._instrument.stop()
        self._left = waiting
        return answer

    def due(self) -> bytes:
        """Return the samples that there are by now."""
        if self._instrument.is_silent:
            return b""
        seen = self._instrument.new()
        if not len(seen.shown_w):
            return b""
        amps = np.maximum(seen.shown_w / self._supply_v, 0)
        ranges = np.minimum((amps[:, None] > 0.9 * 0x3FFF * STEP_A / OHMS[None, :]).sum(axis=1), 4)
        if self._instrument.has_overflowed:
            ranges[:] = 4
            amps[:] = 1e3
        counts = np.minimum(np.round(amps * OHMS[ranges] / STEP_A), 0x3FFF).astype(np.uint32)
        counters = (self._counter + np.arange(len(amps))) % 64
        self._counter = int(counters[-1] + 1) % 64
        words = counts | (ranges << 14).astype(np.uint32) | (counters << 18).astype(np.uint32)
        words |= self._logic(seen.first, len(words), seen.marks) << np.uint32(24)
        sent: bytes = words[seen.gets_through].astype("<u4").tobytes()
        return sent

    def _logic(self, first: int, count: int, marks: list[float]) -> NDArray[np.uint32]:
        """Return the logic bits: all high, D0 low for a moment after each mark."""
        numbers = np.arange(first, first + count)
        low = numbers < self._low_until
        for mark in marks:
            low |= (numbers >= mark) & (numbers < mark + MARK_SAMPLES)
            self._low_until = int(mark) + MARK_SAMPLES
        return np.where(low, 0xFE, 0xFF).astype(np.uint32)


KIND = Kind(
    name="ppk2",
    scale_w=0.1,
    period_s=1 / RATE_HZ,
    limits=LIMITS,
    way=OnLine(VirtualPpk2, PtyLine),
    driver=lambda _, __: Ppk2Driver(),
    faults=STREAM | {"overflow"},
    supply_v=3.3,
)
