"""What meters' drivers refuse, and in which words: before anything is measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import CardInvalid, MeterLost, MeterNotFound, TraceInvalid, UsageError
from edgebench.power.acquisition import self_check as check
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.contract import MeterDescription, PowerSamples
from edgebench.power.meters.joulescope.instrument import Joulescope, real_driver
from edgebench.power.meters.scpi.instrument import scpi_cards
from edgebench.power.open import open_meter
from edgebench.power.traces.trace import PowerTrace
from edgebench.virtual.meters.line import PtyLine, TcpLine
from tests.conftest import waited


class Answering:
    """A stand-in that answers by a table: what no key begins is not answered."""

    is_gone = False

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._left = b""

    def feed(self, data: bytes) -> bytes:
        *lines, self._left = (self._left + data).split(b"\n")
        return b"".join(
            answer
            for line in lines
            for key, answer in self._answers.items()
            if line.startswith(key)
        )

    def due(self) -> bytes:
        return b""


@contextmanager
def listening(line: Callable[[], PtyLine | TcpLine], answers: dict[bytes, bytes]) -> Iterator[str]:
    """Play such an instrument; the place where it listens."""
    made, done = line(), threading.Event()
    stand_in = Answering(answers)

    def work() -> None:
        while not done.is_set():
            made.exchange(stand_in)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield made.place
    finally:
        done.set()
        thread.join()
        made.close()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "nothing at .* answers `htc` as an LPM01A does"),
        ({b"htc": b"ack htc\n", b"version": b"ack version\n"}, "tells no firmware version"),
        ({b"htc": b"ack htc\n", b"version": b"ack version 1.0.4\n"}, r"1\.0\.4 tells no events"),
        (
            {b"htc": b"ack htc\n", b"version": b"ack version 1.0.6\n", b"volt": b"error volt\n"},
            "refused `volt 3300m`: error volt",
        ),
    ],
)
def test_an_lpm01a_that_is_none_or_refuses(answers: dict[bytes, bytes], says: str) -> None:
    with (
        listening(PtyLine, answers) as place,
        pytest.raises((MeterNotFound, MeterLost), match=says),
    ):
        open_meter(f"lpm01a:{place}")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({b"Hello": b"220 smtp ready\n"}, "says '220 smtp ready', not as PTDaemon does"),
        (
            {b"Hello": b"Hello, PTDaemon here!\n", b"Identify": b"X,version=1.9.2-1\n"},
            r"version 1\.11\.1 or later is wanted",
        ),
        (
            {
                b"Hello": b"Hello, PTDaemon here!\n",
                b"Identify": b"X,version=1.11.1-1\n",
                b"RR": b"Error\n",
            },
            "answers RR with 'Error'",
        ),
    ],
)
def test_a_ptdaemon_that_is_none_or_too_old(answers: dict[bytes, bytes], says: str) -> None:
    with listening(TcpLine, answers) as place, pytest.raises(MeterNotFound, match=says):
        open_meter(f"ptd://{place}")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (
            {b"*IDN?": b"Keysight,N6705C,1,2\n", b"SYST:ERR?": b'-222,"Data out of range"\n'},
            "refused the card's setup: -222",
        ),
        ({b"*IDN?": b"Acme,Meter 1,1,2\n", b"MEAS:VOLT?": b"hot\n"}, "answered with 'hot'"),
    ],
)
def test_a_scpi_instrument_that_refuses(answers: dict[bytes, bytes], says: str) -> None:
    with (
        listening(TcpLine, answers) as place,
        pytest.raises((MeterNotFound, MeterLost), match=says),
    ):
        host, port = place.split(":")
        with open_meter(f"scpi:TCPIP::{host}::{port}::SOCKET") as meter:
            meter.start()


def test_a_scpi_card_of_one_s_own(tmp_path: Path) -> None:
    cards = tmp_path / "mine.toml"
    cards.write_text('[mine]\nidentity = "Acme"\npower = "P? {channel}"\nunit_w = 0.001\n')
    answers = {b"*IDN?": b"Acme,Meter 1,1,2\n", b"P? 3": b"1250\n"}
    with listening(TcpLine, answers) as place:
        host, port = place.split(":")
        resource = f"scpi:TCPIP::{host}::{port}::SOCKET,channel=3,cards={cards}"
        with open_meter(resource) as meter:
            assert meter.description.detail == "Acme,Meter 1,1,2; card mine"
            assert meter.read().power_w.tolist() == [1.25]
        with pytest.raises(MeterNotFound, match="no card is called 'other'; there are mine, key"):
            open_meter(f"{resource},card=other")
        with pytest.raises(MeterNotFound, match="does not say how to supply"):
            open_meter(resource, 3.3)
    for text in ("[x", '[x]\nidentity = "A"\n', '[x]\nidentity = "("\npower = "P?"\n'):
        cards.write_text(text)
        with pytest.raises(CardInvalid, match=r"mine\.toml"):
            scpi_cards(cards)
    assert [card.name for card in scpi_cards()][-1] == "any"


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
        (("u/js220/1", "u/js110/2"), "", "2 instruments; there are u/js220/1, u/js110/2"),
        (("u/js220/1",), "9", "no instruments of serial 9; there are u/js220/1"),
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


@pytest.mark.parametrize(
    ("text", "supply_v", "error", "says"),
    [
        ("lpm01a", None, MeterNotFound, "needs a place: --power lpm01a:/dev/ttyACM1"),
        ("lpm01a:/dev/none", None, MeterNotFound, "/dev/none can't be opened"),
        ("lpm01a:/dev/none", 5.0, UsageError, r"supplies 1\.8 to 3\.3 V, not 5"),
        ("lpm01a:x,rate=50k", None, UsageError, "format=binary"),
        ("lpm01a:x,volts=3", None, UsageError, "no option 'volts'; it has format, rate, supply"),
        ("ppk2:/dev/none", None, UsageError, "measures no voltage: say it with --supply"),
        ("ppk2:/dev/none", 3.3, MeterNotFound, "/dev/none can't be opened"),
        ("ppk2:/dev/none,rate=3", 3.3, UsageError, "rate= divides 100k"),
        ("ppk2:/dev/none,mode=both", 3.3, UsageError, "one of source, ampere is wanted"),
        ("otii:127.0.0.1:1", None, MeterNotFound, "does not answer at 127.0.0.1:1"),
        ("otii:127.0.0.1:x", None, UsageError, "'x' is no port"),
        ("ptd://127.0.0.1:1", None, MeterNotFound, "nothing listens at 127.0.0.1:1"),
        ("ptd://127.0.0.1:99999", None, UsageError, "'99999' is no port"),
        ("ptd://a..b:88", None, MeterNotFound, "nothing listens at a..b:88"),
        ("command:it's", None, MeterNotFound, "can't be read: No closing quotation"),
        ("virtual:hwmon,foo=1", None, UsageError, "hwmon has no option 'foo=1'"),
        ("ptd://127.0.0.1:1,period=0.001", None, UsageError, r"period= is 0\.05 s or more"),
        ("scpi:TCPIP::127.0.0.1::1::SOCKET", None, MeterNotFound, "Connection refused"),
        ("hwmon", 3.3, UsageError, "hwmon supplies nothing, and needs no voltage"),
        ("npz:none.npz", None, TraceInvalid, "none.npz"),
    ],
)
def test_what_a_meter_is_asked_wrongly(
    text: str, supply_v: float | None, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        open_meter(text, supply_v)


class Made(CloseOnExit):
    """A meter that says one thing."""

    def __init__(self, watts: list[float], error: MeterLost | None = None) -> None:
        self.description = MeterDescription(
            "made", "for a test", ("all",), 0.01, counts_energy=False, accuracy=None
        )
        self._watts, self._error = watts, error

    def start(self) -> None:
        """Nothing to begin."""

    def read(self) -> PowerSamples:
        if self._error is not None:
            raise self._error
        count = len(self._watts)
        return PowerSamples(np.arange(count), np.array(self._watts))

    def stop(self) -> PowerSamples:
        return self.read()


def test_a_meter_is_checked_before_it_is_believed() -> None:
    assert check.check_meter(Made([1.0, 2.0])) == 1.5
    with pytest.raises(MeterNotFound, match="leads the wrong way round"):
        check.check_meter(Made([-1.0, -2.0]))
    with pytest.raises(MeterNotFound, match="no plausible reading"):
        check.check_meter(Made([1e6, 1e6]))
    with pytest.raises(MeterNotFound, match="fails its self-check: gone"):
        check.check_meter(Made([], MeterLost("gone")))


def lines_of(count: int) -> bytes:
    return b"".join(
        f"Time,11-25-2026 08:00:{second:02d}.000,Watts,{5 + second},Volts,230,Amps,0.1\n".encode()
        for second in range(count)
    )


KNOWN = {
    b"Hello": b"Hello, PTDaemon here!\n",
    b"Identify": b"X,version=1.11.1-1\n",
    b"RR": b"Ranges,1,5.0,1,300.0\n",
    b"Go": b"Starting untimed measurement\n",
    b"Stop": b"Stopping\n",
    b"Uncertainty": b"Uncertainty,0,0,0,3,0,3\n",
    b"Watts": b"Watts,6.0,5.0,7.0,3,0,3\n",
}


@pytest.mark.parametrize(
    ("log", "watts", "says"),
    [
        (b"Last 3 samples\n" + lines_of(3), [5, 6, 7], None),
        (b"Last 3 samples\n" + lines_of(2) + b"garbage\n", [5, 6], "sent no sample: 'garbage'"),
        (
            b"Last 3 samples\n" + lines_of(2) + b"Time,11-25-2026 08:00:02.000,Watts,nan\n",
            [5, 6],
            "sent no sample",
        ),
        (b"Last " + b"9" * 5000 + b" samples\n", [6], "hands over no samples"),
        (b"none\n", [6], "hands over no samples: none"),
    ],
)
def test_what_a_ptdaemon_handed_over_is_kept(
    log: bytes, watts: list[float], says: str | None
) -> None:
    with listening(TcpLine, {**KNOWN, b"RL": log}) as place, open_meter(f"ptd://{place}") as meter:
        meter.start()
        assert len(meter.read()) == 0
        found = meter.stop()
    assert found.power_w.tolist() == watts
    assert bool(found.faults) == (says is not None)
    assert says is None or says in found.faults[0]


class Failing(Made):
    """A meter whose driver has a fault."""

    def read(self) -> PowerSamples:
        raise KeyError("energy")


def test_a_driver_s_own_fault_is_no_success() -> None:
    with MeterReader(Failing([])) as reader:
        waited(lambda: reader.lost)
    assert str(reader.lost) == "made: its driver failed: KeyError: 'energy'"
    with pytest.raises(MeterNotFound, match="it says what can't be read"):
        check.check_meter(Failing([]))


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


def test_a_recording_is_played_at_its_own_pace(tmp_path: Path) -> None:
    times = np.arange(30) * 10_000_000
    about = MeterDescription(
        "made", "for a test", ("all",), 0.01, counts_energy=False, accuracy=None
    )
    marks = np.array([50_000_000, 100_000_000])
    trace = PowerTrace(about, PowerSamples(times, np.full(30, 2.0), marks_ns=marks))
    trace.save(tmp_path / "t.npz")
    with open_meter(f"npz:{tmp_path / 't.npz'}") as meter:
        assert meter.description.is_estimate
        meter.start()
        found = [meter.read()]
        with pytest.raises(MeterLost, match=r"is at its end: it has 0\.29 s"):
            for _ in range(10_000_000):
                found.append(meter.read())
    assert sum(len(each) for each in found) == 30
    seen = [mark for each in found if each.marks_ns is not None for mark in each.marks_ns]
    assert len(seen) == 2
