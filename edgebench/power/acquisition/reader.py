"""Read a meter during a measurement, in a thread that wakes a few times a second."""

from __future__ import annotations

import logging
import random
import threading
from time import thread_time
from typing import Self

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost
from edgebench.power.acquisition.trace_assembly import joined
from edgebench.power.contract import PowerMeter
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.trace import PowerTrace

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 0.25
JITTER = 0.4
"""Momentary power is read at irregular times: a load of the same period as the reading would
otherwise be seen at one phase only. Of a triangular distribution, readings hang together least.
"""


class MeterReader(CloseOnExit):
    """A context manager: the meter is read inside; what was read is kept whatever happens.

    ``lost`` says why, where the meter was lost; nothing is raised in the thread that measures.
    ``cpu_share`` is what reading took of a core.
    """

    def __init__(self, meter: PowerMeter) -> None:
        self.meter = meter
        self.lost: MeterLost | None = None
        self.cpu_share = 0.0
        self._parts: list[PowerSamples] = []
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="meter", daemon=True)

    def __enter__(self) -> Self:
        logger.debug("starting %s", self.meter.description)
        try:
            self.meter.start()
        except MeterLost as error:
            # Lost between two measurements: the measurement itself goes on.
            self.lost = error
            logger.warning("lost before it was started: %s", error)
        else:
            try:
                self._thread.start()
            except BaseException:  # Ctrl-C as well: nobody else would stop the thread
                self.close()
                raise
        return self

    def close(self) -> None:
        """Stop reading."""
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()
        logger.info(
            "%s: stopped after %d samples, %.1f %% of a core",
            self.meter.description.name,
            self.count,
            100 * self.cpu_share,
        )

    def trace(self) -> PowerTrace:
        """Return what was read so far."""
        with self._lock:
            return joined(self.meter.description, self._parts)

    @property
    def count(self) -> int:
        """How many samples were read so far."""
        with self._lock:
            return sum(len(part) for part in self._parts)

    def _work(self) -> None:
        about = self.meter.description
        pause_s = min(about.poll_s or about.period_s, LONGEST_PAUSE_S)
        is_momentary = about.clock == "host" and not about.counts_energy
        jitter = JITTER if is_momentary else 0.0
        began_ns = next_ns = now_ns()
        if self._done.is_set():
            return  # interrupted before it had begun: the meter may be closed already
        try:
            while not self._done.is_set():
                self._keep(self.meter.read())
                next_ns += int(pause_s * 1e9 * (1 + random.triangular(-jitter, jitter)))  # noqa: S311
                left_s = (next_ns - now_ns()) / 1e9
                if left_s < 0:
                    logger.debug("%s: read %.3f s late", about.name, -left_s)
                    next_ns = now_ns()  # it was late: the next one is not hurried
                self._done.wait(max(left_s, 0.0))
            self._keep(self.meter.stop())
        except MeterLost as error:
            self.lost = error
            logger.warning("lost: %s", error)
        except Exception as error:
            # It may be another package's driver: its fault costs the energy, not the run.
            logger.exception("the driver failed")
            name = self.meter.description.name
            self.lost = MeterLost(f"{name}: its driver failed: {type(error).__name__}: {error}")
        finally:
            # The thread is the reader's alone: its whole time is what reading took.
            self.cpu_share = thread_time() * 1e9 / max(now_ns() - began_ns, 1)

    def _keep(self, samples: PowerSamples) -> None:
        logger.debug("%d samples", len(samples))
        if samples.says_something:
            with self._lock:
                self._parts.append(samples)
