"""A Joulescope that is played: what pyjoulescope_driver's Driver does, for one instrument."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from edgebench.power.meters.joulescope.driver import JoulescopeDriver
from edgebench.power.meters.joulescope.models import MODELS
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.kind import InProcess, Kind

COUNTED_HZ = 1_000_000
NUMBERED_HZ = {"js220": 1_000_000, "js320": 16_000_000}
"""The rates that sample numbers count at; ``s/stats/scnt`` counts at `COUNTED_HZ` in both."""
STEP_S = 0.005
Listener = Callable[[str, dict[str, Any]], None]


class VirtualDriver:
    """Publishes statistics and input 0 from a thread, as the real driver does."""

    def __init__(self, instrument: Instrument, model: str = "js220") -> None:
        self._instrument = instrument
        self._path = f"u/{model}/virtual"
        self._numbered_hz = NUMBERED_HZ[model]
        self._listeners: dict[str, Listener] = {}
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._joules = 0.0

    def device_paths(self) -> list[str]:
        """Return what is plugged in."""
        return [self._path]

    def open(self, path: str, mode: str, timeout: float | None = None) -> None:
        """Open it."""
        if path != self._path:
            raise RuntimeError(f"{path} not found")

    def close(self, path: str) -> None:
        """Close it."""
        self._halt()

    def finalize(self) -> None:
        """End the driver."""
        self._halt()

    def query(self, topic: str) -> int:
        """Return a value: the firmware's version."""
        return (1 << 24) | (1 << 16) | 2

    def subscribe(self, topic: str, flags: str, listener: Listener) -> None:
        """Listen to a topic."""
        self._listeners[topic] = listener

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Stop listening; as the real driver, it knows a listener by its identity alone."""
        if self._listeners.get(topic) is not listener:
            raise RuntimeError(f"jsdrv_unsubscribe failed 16 NOT_FOUND | {topic}")
        del self._listeners[topic]

    def publish(self, topic: str, value: Any) -> None:
        """Set a value."""
        if topic == f"{self._path}/s/stats/scnt":
            self._instrument.set_period(value / COUNTED_HZ)
        elif topic == f"{self._path}/s/stats/ctrl":
            if value:
                self._go()
            else:
                self._halt()

    def _go(self) -> None:
        self._joules = 0.0
        self._done.clear()
        self._instrument.start()
        self._thread = threading.Thread(target=self._work, name="virtual joulescope", daemon=True)
        self._thread.start()

    def _halt(self) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._instrument.ending()
            if not (self._instrument.is_silent or self._instrument.is_gone):
                self._send()
        self._instrument.stop()

    def _work(self) -> None:
        while not self._done.wait(STEP_S):
            if self._instrument.is_silent or self._instrument.is_gone:
                return
            self._send()

    def _send(self) -> None:
        seen = self._instrument.new()
        period_s = self._instrument.period_s
        step = round(period_s * self._numbered_hz)
        for number, watts, passes in seen.shown():
            start = number * step
            self._joules += float(seen.power_w[number - seen.first]) * period_s
            value = {
                "time": {
                    "samples": {"value": [start, start + step]},
                    "sample_freq": {"value": self._numbered_hz},
                },
                "signals": {
                    "power": {"avg": {"value": watts}},
                    "voltage": {"avg": {"value": 3.3}},
                    "current": {"avg": {"value": watts / 3.3}},
                },
                "accumulators": {"energy": {"value": self._joules}},
            }
            listener = self._listeners.get(f"{self._path}/s/stats/value")
            if passes and listener is not None:
                listener(f"{self._path}/s/stats/value", value)
        for mark in seen.marks:
            self._bit(round(mark * step))

    def _bit(self, at: int) -> None:
        """Publish input 0: high, and low for a moment."""
        listener = self._listeners.get(f"{self._path}/s/gpi/0/!data")
        if listener is not None:
            factor = self._numbered_hz // COUNTED_HZ
            bits = np.array([1] * 8 + [0] * 4 + [1] * 4, np.uint8)
            listener(
                f"{self._path}/s/gpi/0/!data",
                {
                    "sample_id": at - 8 * factor,
                    "decimate_factor": factor,
                    "sample_rate": self._numbered_hz,
                    "data": np.packbits(bits, bitorder="little"),
                },
            )


KIND = Kind(
    name="joulescope",
    scale_w=0.5,
    period_s=0.01,
    limits=MODELS["js220"].accuracy,
    way=InProcess(),
    driver=lambda _, instrument: JoulescopeDriver(lambda: VirtualDriver(instrument)),
)
KIND_JS320 = replace(
    KIND,
    name="joulescope-js320",
    limits=MODELS["js320"].accuracy,
    driver=lambda _, instrument: JoulescopeDriver(lambda: VirtualDriver(instrument, "js320")),
)
