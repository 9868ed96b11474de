"""Reading a meter beside a measurement, in a thread that wakes a few times a second."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from edgebench.clock import now_ns
from edgebench.errors import MeterLost
from edgebench.power.contract import PowerMeter, PowerSamples
from edgebench.power.trace import PowerTrace, joined

LONGEST_PAUSE_S = 0.25


class MeterReader:
    """A context manager: the meter is read inside; what was read is kept whatever happens.

    ``lost`` says why, where the meter was lost; nothing is raised in the thread that measures.
    """

    def __init__(self, meter: PowerMeter) -> None:
        self.meter = meter
        self.lost: MeterLost | None = None
        self._parts: list[PowerSamples] = []
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self.meter.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def trace(self) -> PowerTrace:
        """Return what was read so far."""
        with self._lock:
            return joined(self.meter.description, self._parts)

    def _work(self) -> None:
        pause_s = min(self.meter.description.period_s, LONGEST_PAUSE_S)
        next_ns = now_ns()
        try:
            while not self._done.is_set():
                self._keep(self.meter.read())
                next_ns += int(pause_s * 1e9)
                left_s = (next_ns - now_ns()) / 1e9
                if left_s < 0:
                    next_ns = now_ns()  # it was late: the next one is not hurried
                self._done.wait(max(left_s, 0.0))
            self._keep(self.meter.stop())
        except MeterLost as error:
            self.lost = error

    def _keep(self, samples: PowerSamples) -> None:
        if len(samples) or samples.marks_ns is not None:
            with self._lock:
                self._parts.append(samples)
