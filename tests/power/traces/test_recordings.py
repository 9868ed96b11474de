"""Recordings of other programs: read by what they say of themselves, never guessed."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgebench.errors import LogInvalid, TraceInvalid, UsageError
from edgebench.power.integrate import integrate
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording, trace_formats
from tests.power.traces.written import read, written


@pytest.mark.parametrize(
    ("text", "options", "seconds", "watts"),
    [
        ("seconds,watts\n0,1\n1,2\n", {}, 1, [1, 2]),
        ("power_mw,t_ms\n1000,0\n2000,500\n", {}, 0.5, [1, 2]),
        (
            "Timestamp(ms),Current(uA),D0-D7\n0,1000,1\n1,2000,1\n",
            {"supply_v": 3},
            1e-3,
            [3e-3, 6e-3],
        ),
        ("time [s];current [mA];voltage [V]\n0,0;100,5;5,0\n0,5;200;5,0\n", {}, 0.5, [0.5025, 1]),
        ("Time (s)\tPower (W)\n0,5\t1,5\n1,0\t2,5\n", {}, 0.5, [1.5, 2.5]),
        ("Time (s);Power (W)\n0,000;4,125\n0,500;4,250\n", {}, 0.5, [4.125, 4.25]),
        ("Time (s);Power (W)\n1;0,125\n2;4,250\n", {}, 1, [0.125, 4.25]),
        ("Time (s);Power (W)\n0.5;4.125\n1.0;4.250\n", {}, 0.5, [4.125, 4.25]),
        ("timestamp,power_w\n2026-11-29T10:00:00.5,5\n2026-11-29T10:00:01,6\n", {}, 0.5, [5, 6]),
        (
            "timestamp, power.draw [W]\n2026/11/29 10:00:00.000, 25.5 W\n"
            "2026/11/29 10:00:00.250, 26.5 W\n",
            {},
            0.25,
            [25.5, 26.5],
        ),
        (
            "#time,current,voltage,power,charge,energy\n0,1,5,5,0,0\n0.5,1,5,5.5,0.5,2.6\n",
            {},
            0.5,
            [5, 5.5],
        ),
        (
            "# of a library\n#\nCurrent (uA),rx timestamp (us),board timestamps (ms)\n"
            "1000,0,9\n2000,400,9\n",
            {"supply_v": 2},
            4e-4,
            [2e-3, 4e-3],
        ),
        ("a,b\n0,1\n9,2\n", {"columns": {"time": "a:ms", "power": "b:mW"}}, 9e-3, [1e-3, 2e-3]),
        ("0,1\n9,2\n", {"columns": {"time": "1:s", "power": "2:W"}}, 9, [1, 2]),
        ("t_s,latency_ms,power_w\n0,7,1\n2,7,2\n", {}, 2, [1, 2]),
        ("millis,bus_V,current_mA,power_mW\n0,5,200,1000\n500,5,400,2000\n", {}, 0.5, [1, 2]),
        (
            "Time (s),Main Avg Current (mA),Main Max Current (mA),Main Avg Voltage (V)\n"
            "0,200,900,5\n1,400,900,5\n",
            {},
            1,
            [1, 2],
        ),
        (
            "timestamp, power.draw [W], power.limit [W]\n2026/11/29 10:00:00.000, 25 W, 300 W\n"
            "2026/11/29 10:00:01.000, 26 W, 300 W\n",
            {},
            1,
            [25, 26],
        ),
        (
            "entity_id,state,last_changed\nsensor.a,1,2026-04-24T10:00:00.000Z\n"
            "sensor.b,9,2026-04-24T10:00:01.000Z\nsensor.a,2,2026-04-24T10:00:04.000Z\n",
            {"columns": {"time": "last_changed:date", "power": "state:W"}, "rail": "sensor.a"},
            4,
            [1, 2],
        ),
    ],
)
def test_a_table_is_read_by_its_header(
    tmp_path: Path, text: str, options: dict[str, object], seconds: float, watts: list[float]
) -> None:
    samples = read(tmp_path, text, **options).samples
    assert (samples.t_ns[-1] - samples.t_ns[0]) / 1e9 == pytest.approx(seconds)
    np.testing.assert_allclose(samples.power_w, watts)


def test_logic_bits_may_have_a_column_each(tmp_path: Path) -> None:
    names = ",".join(f"D{number}" for number in range(8))
    rows = [f"{n},1000,{int(n not in (3, 6))},0,0,0,0,1,0,0" for n in range(9)]
    text = "\n".join([f"Timestamp(ms),Current(uA),{names}", *rows])
    marks = read(tmp_path, text, supply_v=3.0).samples.marks_ns
    assert marks is not None
    assert marks.tolist() == [3_000_000, 6_000_000]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("0,1\n1,2\n", {}, r"its columns are not known \(no header\): say what its columns are"),
        ("time,value\n0,1\n1,2\n", {}, r"its columns are not known \(time, value\)"),
        ("t_s,power.limit [W]\n0,1\n1,2\n", {}, "its columns are not known"),
        (
            "entity_id,state,last_changed\na,1,2026-04-24T10:00:00Z\na,2,2026-04-24T10:00:04Z\n",
            {},
            "Home Assistant states no unit",
        ),
        (
            "entity_id,state,last_changed\na,1,2026-04-24T10:00:00Z\nb,2,2026-04-24T10:00:04Z\n",
            {"columns": {"time": "last_changed:date", "power": "state:W"}},
            "rows of 2 devices, by its column entity_id; choose with `rail` from a, b",
        ),
        ("t_ms,current_ua\n0,1\n1,2\n", {}, "currents and no voltage: give the board's with `sup"),
        ("s,mW,W\n0,1,1\n1,1,1\n", {"supply_v": 3}, "has its own voltage|not known|columns"),
        (
            "t_s,VDD_IN (mW),VDD_SOC (mW)\n0,1,1\n1,1,1\n",
            {},
            r"which column is it, VDD_IN \(mW\), V",
        ),
        ("t_s,power_w\n0,1\n1,2\n", {"supply_v": 3.3}, "has its own voltage: leave `supply_v` out"),
        ("a,b\n0,1\n1,2\n", {"columns": {"time": "a", "power": "b:W"}}, "'a' is no unit of time"),
        ("a,b\n0,1\n1,2\n", {"columns": {"time": "c:s"}}, "no column 'c'; there are a, b"),
        ("a,b\n0,1\n1,2\n", {"columns": {"work": "a:J"}}, "`columns`: unknown value 'work'"),
        ("t_s,power_w\n0,1\n1,2\n", {"rail": "VDD_IN"}, "`rail` is of no use for a table"),
    ],
)
def test_what_a_table_does_not_say_is_asked_for(
    tmp_path: Path, text: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        read(tmp_path, text, **options)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t_s,power_w\n0,1\n1,one\n", "line 3: power_w is 'one'"),
        ("t_s,power_w\n0,1\n1\n", "line 3: power_w is missing"),
        ("t_s,power_w\n0,1\n1,nan\n", "no finite number"),
        ("t_s,power_w\n1,1\n0,1\n", "not in the order of time"),
        ("t_s,power_w\n0,1\n1,1e308\n", "1e\\+308 W, and 1e\\+06 W is the most"),
        ("t_s,power_w\n0,1\n1e10,1\n", "1e\\+10 s, and 9e\\+09 s is the most"),
        ("t_s,power_w\n1,1\n1,1\n2,3\n", "1 of 3 samples have the time of the one before"),
        (
            "timestamp,power_w\n" + "".join(f"2026-11-29T10:00:0{i // 4},{i}\n" for i in range(12)),
            "9 of 12 samples have the time of the one before: write times with more digits",
        ),
        (
            "t_ms;power [mW]\n0;1,234\n10;1,250\n20;950\n",
            r"line 2: power \[mW\] is '1,234': does its comma part thousands or decimals",
        ),
        ("t_s;power_w\n0,5;1.234\n1,0;1.250\n", "line 2: power_w is '1.234'"),
        ("t_s,power_w\n0,1\n", "1 samples; two or more are required"),
        ("t_s,power_w\n", "no row of numbers"),
        ("timestamp,power_w\n2026-11-29T10:00:00,1\nnoon,1\n", "line 3: timestamp is 'noon'"),
        pytest.param(
            f"t_s,power_w\n0,1\n1,{'9' * 140_000}\n", "line 3: field larger", id="csv's limit"
        ),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TraceInvalid, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        f"{'x' * 50_000},{'y' * 50_000}\n0,1\n1,2\n",
        f"t_s,{'x' * 50_000} (mW),{'y' * 50_000} (mW)\n0,1,1\n1,1,1\n",
        f"t_s,power_w\n0,1\n1,{'x' * 50_000}\n",
    ],
    ids=["unknown columns", "several columns", "no number"],
)
def test_a_long_text_in_a_table_is_quoted_in_part(tmp_path: Path, text: str) -> None:
    with pytest.raises((UsageError, TraceInvalid)) as raised:
        read(tmp_path, text)
    assert "..." in str(raised.value)
    assert len(str(raised.value).replace(str(tmp_path), "")) < 500


def test_a_recording_by_crossed_leads_says_so(tmp_path: Path) -> None:
    found = integrate(
        read(tmp_path, "t_s,power_w\n" + "".join(f"{i},-{4 + i % 2}\n" for i in range(12))), 0, None
    )
    assert found.energy_j < 0
    assert found.faults == ("its mean power is below 0 W: are its leads the wrong way round?",)


def test_an_instrument_s_own_energy_is_taken(tmp_path: Path) -> None:
    rows = "".join(f"{i / 2},1,5,9,0,{2.5 * i}\n" for i in range(5))
    trace = read(tmp_path, f"#time,current,voltage,power,charge,energy\n{rows}")
    assert trace.meter.counts_energy
    assert trace.samples.energy_j is not None
    assert trace.samples.energy_j[-1] == 10


def test_the_falls_of_d0_are_marks(tmp_path: Path) -> None:
    bits = ["11111111", "01111111", "11111111", "11111111", "00000000"]
    rows = "".join(f"{i},1,{each}\n" for i, each in enumerate(bits))
    trace = read(tmp_path, f"Timestamp(ms),Current(uA),D0-D7\n{rows}", supply_v=3.3)
    assert trace.samples.marks_ns is not None
    assert trace.samples.marks_ns.tolist() == [1_000_000, 4_000_000]


def log(*rails: str) -> str:
    return "".join(
        f"09-17-2026 02:10:{second:02d} RAM 1488/7620MB (lfb 105x4MB) CPU [0%@1036] "
        + " ".join(rails)
        + "\n"
        for second in range(3)
    )


def test_a_header_takes_no_more_time_than_its_length(tmp_path: Path) -> None:
    """100 kB of brackets took a minute."""
    path = written(tmp_path, f"seconds,{'[' * 100_000}\n0,1\n")
    started = time.process_time()
    with pytest.raises(UsageError, match="its columns are not known") as raised:
        read_recording(path)
    assert time.process_time() - started < 2
    assert len(str(raised.value)) < 1000


def test_a_time_of_tegrastats_that_no_clock_shows_is_named(tmp_path: Path) -> None:
    text = log("VDD_IN 4654mW/4600mW").replace("10:02", "10:72")
    assert "10:72" in text
    with pytest.raises(TraceInvalid, match="line 3: no time"):
        read_recording(written(tmp_path, text, "t.log"))


def test_a_log_of_tegrastats(tmp_path: Path) -> None:
    path = written(tmp_path, log("VDD_IN 4654mW/4600mW", "VDD_SOC 1484mW/1400mW"), "t.log")
    trace = read_recording(path)
    assert trace.samples.power_w.tolist() == [4.654] * 3
    assert trace.meter.channels == ("VDD_IN",)
    assert read_recording(path, ReadOptions(rail="VDD_SOC")).samples.power_w[0] == 1.484
    with pytest.raises(UsageError, match=r"no rail 'GPU'; choose with `rail` from VDD_IN \(4654"):
        read_recording(path, ReadOptions(rail="GPU"))
    path = written(tmp_path, log("VIN_SYS_5V0 4968mW/4968mW", "VDD_GPU_SOC 3150mW/3150mW"), "o.log")
    with pytest.raises(UsageError, match="no rail is known to feed the whole board; choose"):
        read_recording(path)


def test_readings_that_mlperf_s_checker_leaves_out_are_said(tmp_path: Path) -> None:
    text = "".join(
        f"Time,07-12-2025 23:43:{second:02d}.000,Watts,{watts},Volts,245,Amps,1,PF,0.4,Mark,a\n"
        for second, watts in enumerate([30] * 10 + [0, -2] + [30] * 10)
    )
    found = integrate(read_recording(written(tmp_path, text, "spl.txt")), 0, None)
    (fault,) = found.faults
    assert "2 of 22 readings are at or below 0 W" in fault
    assert "(30 W); with them the mean is 27.1818 W" in fault
    assert found.average_w == pytest.approx((30 * 18 + 15 - 1 + 14) / 21)
    text = text.replace("Watts,0,", "Watts,30,").replace("Watts,-2,", "Watts,30,")
    assert integrate(read_recording(written(tmp_path, text, "spl.txt")), 0, None).faults == ()


def test_every_format_says_what_it_is() -> None:
    formats = trace_formats()
    assert [each.name for each in formats][-1] == "csv"
    names = {each.name for each in formats}
    assert names == {"npz", "spl", "csv", "ppk2", "tegrastats", "jls", "eembc"}
    assert all(each.summary for each in formats)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_recording_or_an_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.csv", "a.ppk2", "a.npz", "spl.txt", "a.log", "a.jls", "a-energy.bin"):
            path = Path(folder) / name
            path.write_bytes(content)
            with suppress(UsageError, LogInvalid):
                read_recording(path)
            with suppress(UsageError, LogInvalid):
                read_recording(path, ReadOptions(supply_v=3.3))


def test_a_log_whose_writer_was_late_now_and_then_is_read(tmp_path: Path) -> None:
    times = [*range(20), 19, *range(20, 30)]
    rows = "".join(f"{time},2\n" for time in times)
    path = tmp_path / "late.csv"
    path.write_text("t_s,power_w\n" + rows)
    assert len(read_recording(path).samples) == 31


def test_a_file_that_is_not_there_is_said_in_the_system_s_words(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no.csv", "No such file or directory"), (tmp_path, "Is a dir")):
        with pytest.raises(TraceInvalid, match=f"{path} can't be read: {said}"):
            read_recording(path)


@pytest.mark.parametrize(
    "first", ["2026/06/15 18:28:00.123, 77.25 W, 5 %", "06-15-2026 18:28:00, 77.25 W, 5 %"]
)
def test_a_first_row_of_dates_and_values_with_units_is_no_header(
    tmp_path: Path, first: str
) -> None:
    text = f"{first}\n2026/06/15 18:28:01.123, 79.25 W, 5 %\n"
    with pytest.raises(UsageError, match="columns are not known \\(no header\\)"):
        read(tmp_path, text)
    if first[0] == "2":
        trace = read(tmp_path, text, columns={"time": "1:date", "power": "2:W"})
        np.testing.assert_allclose(trace.samples.power_w, [77.25, 79.25])


def test_the_last_of_comments_at_the_top_may_name_the_columns(tmp_path: Path) -> None:
    text = "# made by a logger\n# t_s, power_W\n0,1\n# a pause\n1,3\n"
    trace = read(tmp_path, text)
    np.testing.assert_allclose(trace.samples.power_w, [1, 3])
