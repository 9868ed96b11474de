"""Jetperch's Joulescope JS110, JS220 and JS320, through pyjoulescope_driver 1 or 2.

The instrument integrates energy itself, at a million samples a second or more; its statistics carry
the accumulated joules, so each is exact. Falls of general-purpose input 0 are marks. Source: the
topics of pyjoulescope_driver and its binding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.stream import QUIET_PERIODS, QUIET_S
from edgebench.power.description import MeasuredAt, MeterDescription
from edgebench.power.meters.joulescope.models import MODELS, model_of, version_text
from edgebench.power.meters.joulescope.published import Input, Statistics
from edgebench.power.samples import Exchange, PowerSamples

SILENCE_S = 1.0
OPEN_S = 5.0
POLL_S = 0.1
SLACK_PERIODS = 1.5
"""How long before the end of a recording its last block may have ended."""
STATISTICS, INPUT = "s/stats/value", "s/gpi/0/!data"
FAILURES = (RuntimeError, OSError, ValueError)
"""Errors of pyjoulescope_driver: its error codes, its timeouts, values that it refuses."""
MALFORMED = (LookupError, TypeError, ValueError, ArithmeticError)


class Joulescope(CloseOnExit):
    """A `PowerMeter`.

    Parameters
    ----------
    serial
        Its serial number; empty for the only one.
    driver
        Makes pyjoulescope_driver's Driver.
    """

    def __init__(self, serial: str, rate_hz: float, driver: Callable[[], Any]) -> None:
        self._driver = driver()
        self._heard: deque[tuple[int, dict[str, Any]]] = deque()
        self._heard_ns = 0
        self._statistics, self._input = Statistics(0), Input()
        # The driver knows a listener by its identity, and `self.method` is a new object each time.
        self._listeners = {STATISTICS: self._on_statistics, INPUT: self._on_bits}
        try:
            self._path = _chosen(self._driver, serial)
            model = MODELS[model_of(self._path)]
            self._driver.open(self._path, "defaults", timeout=OPEN_S)
            for topic in model.streams:
                self._publish(topic, "on")
            self._publish(*model.auto_range)
            self._publish("s/stats/scnt", round(model.counted_hz / rate_hz))
        except MeterNotFound:
            self._driver.finalize()
            raise
        except (*FAILURES, MeterLost) as error:
            self._driver.finalize()
            raise MeterNotFound(f"joulescope: it can't be opened: {error}") from error
        firmware = ""
        with suppress(*FAILURES):
            firmware = version_text(int(self._driver.query(f"{self._path}/c/fw/version")))
        self.description = MeterDescription(
            name="joulescope",
            detail=f"{self._path}, firmware {firmware or '?'}",
            channels=("p",),
            marker_input="input 0",
            period_s=1 / rate_hz,
            counts_energy=True,
            accuracy=model.accuracy,
            clock="meter",
            poll_s=POLL_S,
            serial=self._path.rsplit("/", 1)[-1],
            firmware=firmware,
            range="auto",
            measured_at=MeasuredAt.INLET,
        )

    def close(self) -> None:
        """Let it go."""
        with suppress(*FAILURES):
            self._driver.close(self._path)
        self._driver.finalize()

    def start(self) -> None:
        """Begin."""
        self._heard.clear()
        self._heard_ns = now_ns()
        self._statistics, self._input = Statistics(self._heard_ns), Input()
        with self._answering("can't be listened to"):
            for topic, listener in self._listeners.items():
                self._driver.subscribe(f"{self._path}/{topic}", "pub", listener)
        self._publish("s/gpi/0/ctrl", "on")
        self._publish("s/stats/ctrl", 1)

    def read(self) -> PowerSamples:
        """Return what has come."""
        return self._samples()

    def stop(self) -> PowerSamples:
        """End, and return the rest."""
        asked = now_ns()
        self._publish("s/stats/ctrl", 0)
        self._publish("s/gpi/0/ctrl", "off")
        with self._answering("does not stop"):
            for topic, listener in self._listeners.items():
                self._driver.unsubscribe(f"{self._path}/{topic}", listener)
        return self._samples(asked)

    def _on_statistics(self, topic: str, value: dict[str, Any]) -> None:
        self._heard.append((now_ns(), value))

    def _on_bits(self, topic: str, value: dict[str, Any]) -> None:
        self._input.heard.append(value)

    def _samples(self, stop_asked_ns: int | None = None) -> PowerSamples:
        if self._heard:
            self._heard_ns = self._heard[-1][0]
        try:
            found = self._statistics.samples(self._heard)
            marks = self._input.marks(is_end=stop_asked_ns is not None)
        except MALFORMED as error:
            raise MeterLost(
                f"joulescope: {self._path} publishes what is not known here "
                f"({type(error).__name__}: {error}): a newer pyjoulescope_driver?"
            ) from error
        now = now_ns()
        self._check_silence(stop_asked_ns, now)
        if stop_asked_ns is not None and self._statistics.last_end_ns:
            slack = round(SLACK_PERIODS * 1e9 * self.description.period_s)
            end = Exchange(self._statistics.last_end_ns, stop_asked_ns - slack, now)
            found = replace(found, exchanges=(*found.exchanges, end))
        return replace(found, marks_ns=np.array(marks, np.int64) if marks else None)

    def _check_silence(self, stop_asked_ns: int | None, now: int) -> None:
        silence_s = ((stop_asked_ns or now) - self._heard_ns) / 1e9
        patience_s = SILENCE_S if stop_asked_ns is None else QUIET_S
        if silence_s > patience_s + QUIET_PERIODS * self.description.period_s:
            raise MeterLost(
                f"joulescope: {self._path} has sent nothing for {silence_s:.1f} s: is it still "
                "plugged in?"
            )

    def _publish(self, topic: str, value: Any) -> None:
        with self._answering(f"does not take {topic} = {value}"):
            self._driver.publish(f"{self._path}/{topic}", value)

    @contextmanager
    def _answering(self, problem: str) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            raise MeterLost(f"joulescope: {self._path} {problem}: {error}") from error


def _chosen(driver: Any, serial: str) -> str:
    """Return the path of the instrument of a serial number, or of the only one."""
    paths = instruments(driver)
    found = [path for path in paths if not serial or path.endswith(serial)]
    if len(found) == 1:
        return found[0]
    hint = ": is it plugged in, and may this user open it (Jetperch's udev rules)?"
    if paths:
        hint = f"; found {', '.join(paths)}: choose with `power=joulescope:SERIAL`"
    raise MeterNotFound(
        f"joulescope: {len(found) or 'no'} instruments"
        + (f" of serial {serial}" if serial else "")
        + hint
    )


def instruments(driver: Any) -> list[str]:
    """Return the paths of the instruments that are plugged in."""
    return [str(path) for path in driver.device_paths() if model_of(str(path)) in MODELS]
