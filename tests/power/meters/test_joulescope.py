"""Joulescopes: which one is chosen, and what it publishes."""

from __future__ import annotations

import resource
from collections.abc import Callable

import numpy as np
import pytest

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.meters.joulescope.driver import real_driver
from edgebench.power.meters.joulescope.instrument import Joulescope
from tests.power.sessions import MARK_S, ONE_WINDOW, session


class FakeDriver:
    """Joulescopes that are plugged in."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def device_paths(self) -> list[str]:
        return list(self.paths)

    def open(self, path: str, mode: str, timeout: float) -> None:
        raise RuntimeError("access denied")

    def finalize(self) -> None:
        """Nothing to end."""


@pytest.mark.parametrize(
    ("paths", "serial", "says"),
    [
        ((), "", "no instruments: is it plugged in, and may this user open it"),
        (
            ("u/js220/1", "u/js110/2"),
            "",
            "found u/js220/1, u/js110/2: choose with `power=joulescope:SERIAL`",
        ),
        (("u/js220/1",), "9", "no instruments of serial 9; found u/js220/1"),
        (("u/js220/1",), "", "can't be opened: access denied"),
    ],
)
def test_which_joulescope(paths: tuple[str, ...], serial: str, says: str) -> None:
    with pytest.raises(MeterNotFound, match=says):
        Joulescope(serial, 100.0, lambda: FakeDriver(*paths))


def test_the_real_joulescope_driver_finds_none_here() -> None:
    driver = real_driver()
    try:
        assert driver.device_paths() == []
    finally:
        driver.finalize()


def test_the_real_driver_leaves_the_limit_of_open_files_where_it_was() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    higher = (5000 if before[1] == resource.RLIM_INFINITY else min(5000, before[1]), before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, higher)
    try:
        real_driver().finalize()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == higher
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Heard:
    """The real driver's subscriptions, with an instrument that is not plugged in."""

    def __init__(self) -> None:
        self._real = real_driver()

    def device_paths(self) -> list[str]:
        return ["u/js220/1"]

    def open(self, path: str, mode: str, timeout: float) -> None:
        """Nothing to open."""

    def publish(self, topic: str, value: object) -> None:
        """Anything may be set."""

    def query(self, topic: str) -> int:
        return 0

    def subscribe(self, topic: str, flags: str, listener: object) -> None:
        self._real.subscribe(topic, flags, listener)

    def unsubscribe(self, topic: str, listener: object) -> None:
        self._real.unsubscribe(topic, listener)

    def close(self, path: str) -> None:
        """Nothing to close."""

    def finalize(self) -> None:
        self._real.finalize()


def test_the_real_driver_knows_the_listeners_that_stop() -> None:
    with Joulescope("", 100.0, Heard) as meter:
        for _ in range(2):
            meter.start()
            assert len(meter.read()) == 0
            assert len(meter.stop()) == 0


@pytest.mark.timed
@pytest.mark.parametrize("name", ["joulescope", "joulescope-js320"])
def test_a_model_s_sample_numbers_are_read_at_their_own_rate(name: str) -> None:
    held = session(name, 3, 1.0, f",skew=100,marks={MARK_S}")
    assert held.lost is None
    serial = held.trace.meter.serial
    assert serial == "seed 3"
    for energy, true in [*held.windows(5), *held.windows_by_marks()]:
        assert abs(energy.energy_j - true) <= ONE_WINDOW * energy.uncertainty_j
    assert held.windows_by_marks()


class Bits:
    """A Joulescope that publishes bits of input 0, in blocks that are no whole bytes."""

    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[str, dict[str, object]], None]] = {}

    def device_paths(self) -> list[str]:
        return ["u/js220/1"]

    def open(self, path: str, mode: str, timeout: float) -> None:
        """Nothing to open."""

    def close(self, path: str) -> None:
        """Nothing to close."""

    def finalize(self) -> None:
        """Nothing to end."""

    def publish(self, topic: str, value: object) -> None:
        """Anything may be set."""

    def query(self, topic: str) -> int:
        return 0

    def subscribe(self, topic: str, flags: str, listener: object) -> None:
        self.listeners[topic.removeprefix("u/js220/1/")] = listener  # type: ignore[assignment]

    def unsubscribe(self, topic: str, listener: object) -> None:
        """Nobody listens any more."""


def test_the_padding_of_a_joulescope_s_bits_is_no_mark() -> None:
    driver = Bits()
    with Joulescope("", 100.0, lambda: driver) as meter:
        meter.start()
        bits = np.ones(3 * 1004, np.uint8)
        bits[1500:1510] = 0
        for first in range(0, len(bits), 1004):
            driver.listeners["s/gpi/0/!data"](
                "",
                {
                    "sample_id": first,
                    "decimate_factor": 1,
                    "sample_rate": 1_000_000,
                    "data": np.packbits(bits[first : first + 1004], bitorder="little"),
                },
            )
        marks = [*np.atleast_1d(meter.read().marks_ns), *np.atleast_1d(meter.stop().marks_ns)]
        assert [mark for mark in marks if mark is not None] == [1_500_000]
        driver.listeners["s/stats/value"]("", {"time": {}})
        with pytest.raises(MeterLost, match="publishes what is not known here"):
            meter.read()


def statistics(end: int, joules: float, power: float = 0.5) -> dict[str, object]:
    return {
        "time": {
            "samples": {"value": [end - 10_000, end]},
            "sample_freq": {"value": 1_000_000.0},
        },
        "signals": {
            name: {"avg": {"value": value}}
            for name, value in (("power", power), ("voltage", 3.3), ("current", power / 3.3))
        },
        "accumulators": {"energy": {"value": joules}},
    }


def test_samples_that_are_counted_from_the_start_again_are_a_problem() -> None:
    driver = Bits()
    with Joulescope("", 100.0, lambda: driver) as meter:
        meter.start()
        publish = driver.listeners["s/stats/value"]
        publish("", statistics(50_000, 0.005))
        publish("", statistics(60_000, 0.010))
        publish("", statistics(90_000, 0.025))  # some were lost
        assert len(meter.read()) == 3
        publish("", statistics(20_000, 0.030))
        with pytest.raises(MeterLost, match="its count of samples fell"):
            meter.read()


def test_joules_that_jump_are_a_problem() -> None:
    """As one version of its program's accumulators did beyond 2,144 J."""
    driver = Bits()
    with Joulescope("", 100.0, lambda: driver) as meter:
        meter.start()
        publish = driver.listeners["s/stats/value"]
        publish("", statistics(10_000, 2143.995))
        publish("", statistics(20_000, 2144.000))
        publish("", statistics(90_000, 2144.035))  # what was used in a gap is counted
        publish("", statistics(100_000, 2144.135, power=1e9))  # as what is left out
        publish("", statistics(110_000, 2144.140))
        assert len(meter.read()) == 4
        publish("", statistics(120_000, 6143.000))
        with pytest.raises(
            MeterLost, match=r"rose from 2144\.14 to 6143 J where 0\.005 J were used"
        ):
            meter.read()


def test_joules_that_another_program_resets_are_a_problem() -> None:
    driver = Bits()
    with Joulescope("", 100.0, lambda: driver) as meter:
        meter.start()
        publish = driver.listeners["s/stats/value"]
        publish("", statistics(10_000, 7.005))
        publish("", statistics(20_000, 7.010))
        publish("", statistics(30_000, 7.0099, power=-0.01))  # the power says so
        assert len(meter.read()) == 3
        publish("", statistics(40_000, 0.005))
        with pytest.raises(MeterLost, match=r"fell from 7\.0099 to 0\.005 J: another program"):
            meter.read()
