"""What meters' drivers refuse, and in which words: before anything is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.errors import MeterLost, MeterNotFound, TraceInvalid, UsageError
from edgebench.power.description import MeterDescription
from edgebench.power.open import open_meter
from edgebench.power.place import MeterPlace
from edgebench.power.samples import PowerSamples
from edgebench.power.traces.formats.npz import save_trace
from edgebench.power.traces.trace import PowerTrace
from edgebench.virtual.meters.line import PtyLine
from tests.power.answering import listening


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "nothing at .* answers `htc` as an LPM01A does"),
        ({b"htc": b"ack htc\n", b"version": b"ack version\n"}, "reports no firmware version"),
        (
            {b"htc": b"ack htc\n", b"version": b"ack version 1.0.4\n"},
            r"1\.0\.4 reports no events",
        ),
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


def test_an_lpm01a_s_seconds_may_begin_again_at_a_thousand() -> None:
    def stamp(seconds: int) -> bytes:
        return b"TimeStamp: %03ds 000ms, buff 05%%\r\n" % (seconds % 1000)

    stamps = b"".join(stamp(seconds) for seconds in [*range(50, 1000, 50), 999, 1000, 1001])
    answers = {
        verb: b"ack %s\n" % verb
        for verb in (b"htc", b"volt", b"freq", b"output", b"format", b"acqtime", b"trigsrc")
    }
    answers |= {b"version": b"ack version 1.0.6\n", b"eventsrc": b"ack eventsrc\n"}
    answers |= {b"pwr": b"ack pwr\n", b"stop": b"Acquisition completed\r\n"}
    answers |= {b"start": b"ack start\r\n0001-06\r\n" + stamps + b"0002-06\r\n"}
    with listening(PtyLine, answers) as place, open_meter(f"lpm01a:{place}") as meter:
        meter.start()
        samples = meter.stop()
    assert samples.t_ns.tolist() == [1_000_000, 1_001_001_000_000]


@pytest.mark.parametrize(
    ("text", "supply_v", "error", "says"),
    [
        ("lpm01a", None, UsageError, "needs an address: `power=lpm01a:/dev/ttyACM1`"),
        ("lpm01a:/dev/none", None, MeterNotFound, "/dev/none can't be opened"),
        ("lpm01a:/dev/none", 5.0, UsageError, r"`supply_v` must be 1\.8 to 3\.3 V, not 5"),
        ("lpm01a:x,rate=50k", None, UsageError, "format=binary"),
        ("lpm01a:x,volts=3", None, UsageError, "no option 'volts'; it has format, rate, supply"),
        ("ppk2:/dev/none", None, UsageError, "ppk2 needs `supply_v`: the kit measures no voltage"),
        ("ppk2:/dev/none", 3.3, MeterNotFound, "/dev/none can't be opened"),
        ("ppk2:/dev/none,rate=3", 3.3, UsageError, "rate= must divide 100k"),
        (
            "ppk2:/dev/none,mode=both",
            3.3,
            UsageError,
            "mode= must be one of source, ampere",
        ),
        (
            "otii:127.0.0.1:1",
            None,
            MeterNotFound,
            "does not answer: .*start Otii",
        ),
        ("otii:127.0.0.1:x", None, UsageError, "the port must be 0 to 65535, not 'x'"),
        ("ptd://127.0.0.1:1", None, MeterNotFound, "nothing listens at 127.0.0.1:1"),
        ("ptd://127.0.0.1:99999", None, UsageError, "the port must be 0 to 65535, not '99999'"),
        ("ptd://a..b:88", None, MeterNotFound, "a..b:88 is no address: its host is no name"),
        (
            "command:it's",
            None,
            MeterNotFound,
            "is no command of a shell: a quotation mark is not closed",
        ),
        ("virtual:hwmon,foo=1", None, UsageError, "hwmon has no option 'foo'; it has none"),
        (
            "ptd://127.0.0.1:1,period=0.001",
            None,
            UsageError,
            r"period= must be 0\.05 s or more",
        ),
        ("scpi:TCPIP::127.0.0.1::1::SOCKET", None, MeterNotFound, "Connection refused"),
        (
            "hwmon",
            -3.3,
            UsageError,
            r"`supply_v` must be more than 0 V, not -3\.3",
        ),
        ("npz:none.npz", None, TraceInvalid, "none.npz"),
    ],
)
def test_what_a_meter_is_asked_wrongly(
    text: str, supply_v: float | None, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        open_meter(text, supply_v)


def test_a_recording_is_played_at_its_own_pace(tmp_path: Path) -> None:
    times = np.arange(30) * 10_000_000
    about = MeterDescription(
        "made", "for a test", ("all",), 0.01, counts_energy=False, accuracy=None
    )
    marks = np.array([50_000_000, 100_000_000])
    trace = PowerTrace(about, PowerSamples(times, np.full(30, 2.0), marks_ns=marks))
    save_trace(trace, tmp_path / "t.npz")
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


def test_a_description_that_nothing_is_stated_of_may_be_read_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another package's meter: it need not have an attribute that can be set."""
    about = MeterDescription("kettle", "", ("water",), 0.1, counts_energy=False, accuracy=None)

    class Kettle:
        @property
        def description(self) -> MeterDescription:
            return about

    class Driver:
        def open(self, place: MeterPlace) -> Kettle:
            return Kettle()

    monkeypatch.setattr("edgebench.power.open.meter_driver", lambda name: Driver())
    assert open_meter(MeterPlace("kettle")).description is about
