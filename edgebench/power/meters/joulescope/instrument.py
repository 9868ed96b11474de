"""Jetperch's Joulescope JS110, JS220 and JS320: ``joulescope[:SERIAL][,rate=100]``.

The instrument integrates energy itself, at a million samples a second or more; its statistics carry
the accumulated joules, so that each is exact. Falls of general-purpose input 0 are marks. Source:
pyjoulescope_driver's topics and its binding.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.contract import Accuracy, Exchange, MeterDescription, PowerSamples
from edgebench.power.options import number, split_options

RATE_HZ = 100.0
SILENCE_S = 1.0
QUIET_S, QUIET_PERIODS = 0.3, 5
MOST_W = 250.0
OPEN_S = 5.0
POLL_S = 0.1


@dataclass(frozen=True)
class Model:
    """What differs among the instruments.

    Attributes
    ----------
    sample_hz
        What a statistics' count is of.
    auto_range
        The topic and value that let it choose its range.
    streams
        Topics to switch on first: the JS110's statistics are the host's.
    """

    sample_hz: int
    auto_range: tuple[str, str]
    accuracy: Accuracy
    streams: tuple[str, ...] = ()


MODELS = {
    "js110": Model(
        2_000_000,
        ("s/i/range/select", "auto"),
        Accuracy(0.01, 1e-6, "wider than Jetperch's typical values"),
        ("s/i/ctrl", "s/v/ctrl", "s/p/ctrl"),
    ),
    "js220": Model(
        1_000_000,
        ("s/i/range/mode", "auto"),
        Accuracy(0.005, 1e-6, "wider than Jetperch's typical values"),
    ),
    "js320": Model(
        1_000_000,
        ("s/i/range/mode", "auto"),
        Accuracy(0.005, 1e-6, "wider than Jetperch's typical values"),
    ),
}


class Joulescope(CloseOnExit):
    """A `PowerMeter`.

    Parameters
    ----------
    driver
        Makes pyjoulescope_driver's Driver.
    """

    def __init__(self, serial: str, rate_hz: float, driver: Callable[[], Any]) -> None:
        self._driver = driver()
        self._heard: deque[tuple[int, dict[str, Any]]] = deque()
        self._bits: deque[dict[str, Any]] = deque()
        self._asked_ns = self._heard_ns = 0
        self._first = True
        self._base_j: float | None = None
        self._last_end = 0
        self._high = False
        try:
            self._path = self._find(serial)
            kind = self._path.split("/")[1]
            self._model = MODELS[kind]
            self._driver.open(self._path, "defaults", timeout=OPEN_S)
            for topic in self._model.streams:
                self._publish(topic, "on")
            self._publish(*self._model.auto_range)
            self._publish("s/stats/scnt", round(self._model.sample_hz / rate_hz))
        except MeterNotFound:
            self._driver.finalize()
            raise
        except Exception as error:
            self._driver.finalize()
            raise MeterNotFound(f"joulescope: it can't be opened: {error}") from error
        firmware = "?"
        with suppress(Exception):
            firmware = _version(int(self._driver.query(f"{self._path}/c/fw/version")))
        self.description = MeterDescription(
            name="joulescope",
            detail=f"{self._path}, firmware {firmware}",
            channels=("p",),
            period_s=1 / rate_hz,
            counts_energy=True,
            accuracy=self._model.accuracy,
            clock="meter",
            poll_s=POLL_S,
        )

    def close(self) -> None:
        """Let it go."""
        with suppress(Exception):
            self._driver.close(self._path)
        self._driver.finalize()

    def start(self) -> None:
        """Begin."""
        self._heard.clear()
        self._bits.clear()
        self._first, self._base_j = True, None
        self._asked_ns = self._heard_ns = now_ns()
        try:
            self._driver.subscribe(f"{self._path}/s/stats/value", "pub", self._on_statistics)
            self._driver.subscribe(f"{self._path}/s/gpi/0/!data", "pub", self._on_bits)
        except Exception as error:
            raise MeterLost(f"joulescope: {self._path} can't be listened to: {error}") from error
        self._publish("s/gpi/0/ctrl", "on")
        self._publish("s/stats/ctrl", 1)

    def read(self) -> PowerSamples:
        """Return what has come."""
        return self._read_samples()

    def stop(self) -> PowerSamples:
        """End, and return the rest."""
        asked = now_ns()
        try:
            self._publish("s/stats/ctrl", 0)
            self._publish("s/gpi/0/ctrl", "off")
            self._driver.unsubscribe(f"{self._path}/s/stats/value", self._on_statistics)
            self._driver.unsubscribe(f"{self._path}/s/gpi/0/!data", self._on_bits)
        except Exception as error:
            raise MeterLost(f"joulescope: {self._path} does not stop: {error}") from error
        return self._read_samples(asked)

    def _read_samples(self, stop_asked_ns: int | None = None) -> PowerSamples:
        try:
            return self._samples(stop_asked_ns)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise MeterLost(
                f"joulescope: {self._path} publishes what is not known here "
                f"({type(error).__name__}: {error}): a newer pyjoulescope_driver?"
            ) from error

    def _on_statistics(self, topic: str, value: dict[str, Any]) -> None:
        self._heard.append((now_ns(), value))

    def _on_bits(self, topic: str, value: dict[str, Any]) -> None:
        self._bits.append(value)

    def _samples(self, stop_asked_ns: int | None = None) -> PowerSamples:
        times, powers, energies, volts, amps, exchanges = [], [], [], [], [], []
        wrong = 0
        while self._heard:
            came_ns, value = self._heard.popleft()
            self._heard_ns = came_ns
            start, end = value["time"]["samples"]["value"]
            per_sample_ns = 1e9 / float(value["time"]["sample_freq"]["value"])
            self._last_end = round(end * per_sample_ns)
            power = float(value["signals"]["power"]["avg"]["value"])
            if not abs(power) <= MOST_W:
                wrong += 1  # it leaves a gap
                continue
            joules = float(value["accumulators"]["energy"]["value"])
            if self._base_j is None:
                # The first block begins the count.
                self._base_j = joules - power * (end - start) * per_sample_ns / 1e9
            end_ns = self._last_end
            earliest = self._asked_ns if self._first else None
            self._first = False
            exchanges.append(Exchange(end_ns, earliest, came_ns))
            times.append(end_ns)
            powers.append(power)
            energies.append(joules - self._base_j)
            volts.append(float(value["signals"]["voltage"]["avg"]["value"]))
            amps.append(float(value["signals"]["current"]["avg"]["value"]))
        now = now_ns()
        silence_s = ((stop_asked_ns or now) - self._heard_ns) / 1e9
        patience_s = SILENCE_S if stop_asked_ns is None else QUIET_S
        if silence_s > patience_s + QUIET_PERIODS * self.description.period_s:
            raise MeterLost(
                f"joulescope: {self._path} has sent nothing for {silence_s:.1f} s: is it still "
                "plugged in?"
            )
        if stop_asked_ns is not None and self._last_end:
            slack = round(1.5e9 * self.description.period_s)
            exchanges.append(Exchange(self._last_end, stop_asked_ns - slack, now))
        marks = self._marks(is_end=stop_asked_ns is not None)
        return PowerSamples(
            np.array(times, np.int64),
            np.array(powers, float),
            np.array(energies, float),
            marks_ns=np.array(marks, np.int64) if marks else None,
            volts_v=np.array(volts, float),
            amps_a=np.array(amps, float),
            exchanges=tuple(exchanges),
            faults=(f"samples beyond {MOST_W:g} W were left out",) if wrong else (),
        )

    def _marks(self, *, is_end: bool) -> list[int]:
        """Return when input 0 fell.

        A block's bytes may end in padding; how many bits it has is told by where the next begins,
        so that the last one waits.
        """
        found: list[int] = []
        while self._bits and (len(self._bits) > 1 or is_end):
            value = self._bits.popleft()
            bits = np.unpackbits(np.asarray(value["data"], np.uint8), bitorder="little")
            step = int(value["decimate_factor"])
            if self._bits:
                count = (int(self._bits[0]["sample_id"]) - int(value["sample_id"])) // step
                bits = bits[: max(count if count <= len(bits) else len(bits) - 7, 0)]
            else:
                bits = bits[: max(len(bits) - 7, 0)]
            if not len(bits):
                continue
            fell = np.flatnonzero(np.diff(bits.astype(np.int8), prepend=np.int8(self._high)) < 0)
            self._high = bool(bits[-1])
            places = int(value["sample_id"]) + fell * step
            found += np.round(places * (1e9 / float(value["sample_rate"]))).astype(int).tolist()
        return found

    def _publish(self, topic: str, value: Any) -> None:
        try:
            self._driver.publish(f"{self._path}/{topic}", value)
        except Exception as error:
            raise MeterLost(f"joulescope: {topic} can't be set to {value}: {error}") from error

    def _find(self, serial: str) -> str:
        paths = [path for path in self._driver.device_paths() if path.split("/")[1] in MODELS]
        found = [path for path in paths if not serial or path.endswith(serial)]
        if len(found) == 1:
            return str(found[0])
        raise MeterNotFound(
            f"joulescope: {'no' if not found else len(found)} instruments"
            + (f" of serial {serial}" if serial else "")
            + (
                f"; there are {', '.join(paths)}: joulescope:SERIAL"
                if paths
                else ": is it plugged in, and may this user open it (Jetperch's udev rules)?"
            )
        )


def _version(packed: int) -> str:
    return f"{packed >> 24}.{(packed >> 16) & 0xFF}.{packed & 0xFFFF}"


def real_driver() -> Any:
    """Return pyjoulescope_driver's Driver.

    Raises
    ------
    MeterNotFound
        If it is not installed.
    """
    try:
        return importlib.import_module("pyjoulescope_driver").Driver()
    except ImportError as error:
        raise MeterNotFound(
            "joulescope needs pyjoulescope_driver: pip install 'edgebench[power]'"
        ) from error


def open_joulescope(rest: str) -> Joulescope:
    """Open the instrument of a serial number, or the only one."""
    serial, options = split_options("joulescope", rest, {"rate": number})
    return Joulescope(serial, options.get("rate", RATE_HZ), real_driver)
