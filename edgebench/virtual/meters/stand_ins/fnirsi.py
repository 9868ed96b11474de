"""An FNB58 that is played: its packets over a pseudo-terminal in place of /dev/hidraw."""

from __future__ import annotations

from edgebench.clock import now_ns
from edgebench.power.meters.fnirsi.driver import FnirsiDriver
from edgebench.power.meters.fnirsi.packets import (
    BEGIN,
    SAMPLE_S,
    SAMPLES,
    SIZE,
    Sample,
    checksum,
    data_packet,
)
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import ALWAYS, Kind, OnLine
from edgebench.virtual.meters.line import PtyLine

VOLTS = 5.0
REPORT_BYTES = SIZE + 1
PATIENCE_NS = 1_500_000_000
"""Without being asked for more, it ends so long after."""
READY, MORE = 0x82, 0x83


class VirtualFnirsi:
    """A tester that sends a packet each 40 ms while it is asked for more.

    Asked to begin while it sends, it goes on: the next packet has samples of before.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._left = b""
        self._pending: list[tuple[float, bool]] = []
        self._asked_ns = -PATIENCE_NS

    @property
    def is_gone(self) -> bool:
        """Whether its cable is pulled."""
        return self._instrument.is_gone

    def feed(self, data: bytes) -> bytes:
        """Take reports; one with a wrong checksum is ignored."""
        self._left += data
        while len(self._left) >= REPORT_BYTES:
            report, self._left = self._left[1:REPORT_BYTES], self._left[REPORT_BYTES:]
            if report[0] != BEGIN or checksum(report[1:-1]) != report[-1]:
                continue
            if report[1] == READY and not self._is_asked:
                self._instrument.start()
                self._pending = []
            if report[1] in (READY, MORE):
                self._asked_ns = now_ns()
        return b""

    @property
    def _is_asked(self) -> bool:
        return now_ns() - self._asked_ns < PATIENCE_NS

    def due(self) -> bytes:
        """Return the packets that are full."""
        self._pending += [(watts, passes) for _, watts, passes in self._instrument.new().shown()]
        found = b""
        while len(self._pending) >= SAMPLES:
            four, self._pending = self._pending[:SAMPLES], self._pending[SAMPLES:]
            passes = all(each for _, each in four)
            if self._is_asked and passes and not self._instrument.is_silent:
                found += data_packet([Sample(VOLTS, max(watts, 0) / VOLTS) for watts, _ in four])
        return found


KIND = Kind(
    name="fnirsi",
    scale_w=5.0,
    period_s=SAMPLE_S,
    limits=None,
    way=OnLine(VirtualFnirsi, PtyLine),
    driver=lambda _, __: FnirsiDriver(takes_any_line=True),
    faults=ALWAYS | {"skew", "loss", "spike"},
)
