"""Joulescope's recordings, written by Jetperch's own library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyjls import DataType, SignalType, Writer

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.energy import energy_between
from edgebench.power.integrate import integrate
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording

FULL_HZ, STATISTICS_HZ = 1_000_000, 10
UNITS = {"current": "A", "voltage": "V", "power": "W"}


def written(
    path: Path,
    signals: dict[str, NDArray[np.float32]],
    rate: int,
    *,
    input_0: NDArray[np.uint8] | None = None,
    names: tuple[str, ...] = ("JS220-001122",),
    first: int = 4_000,
) -> Path:
    """Write a file with the same signals of each instrument; the input begins half as late."""
    with Writer(str(path)) as writer:
        for number, name in enumerate(names, 1):
            writer.source_def(
                source_id=number, name=name, vendor="Jetperch", model="JS220", serial_number="7"
            )
            for place, (signal, values) in enumerate(signals.items()):
                which = 10 * number + place
                writer.signal_def(
                    signal_id=which,
                    source_id=number,
                    signal_type=SignalType.FSR,
                    data_type=DataType.F32,
                    sample_rate=rate,
                    name=signal,
                    units=UNITS[signal],
                )
                writer.fsr(which, first, values * np.float32(number))
            if input_0 is not None:
                which = 10 * number + 9
                writer.signal_def(
                    signal_id=which,
                    source_id=number,
                    signal_type=SignalType.FSR,
                    data_type=DataType.U1,
                    sample_rate=rate,
                    name="gpi[0]",
                )
                writer.fsr(which, first // 2, np.packbits(input_0, bitorder="little"))
    return path


def waves(rate: int, seconds: float) -> dict[str, NDArray[np.float32]]:
    """A current that swings, and a voltage that gives with it."""
    times = np.arange(round(rate * seconds)) / rate
    current = (0.5 + 0.3 * np.sin(2 * np.pi * 7 * times)).astype(np.float32)
    voltage = (3.3 - 0.2 * current).astype(np.float32)
    return {"current": current, "voltage": voltage, "power": current * voltage}


@pytest.mark.parametrize("rate", [FULL_HZ, STATISTICS_HZ])
@pytest.mark.parametrize("kept", [("current", "voltage", "power"), ("current", "voltage")])
def test_no_energy_is_lost_at_full_rate_or_low(
    tmp_path: Path, rate: int, kept: tuple[str, ...]
) -> None:
    seconds = 2.5
    signals = waves(rate, seconds)
    path = written(tmp_path / "a.jls", {name: signals[name] for name in kept}, rate)
    trace = read_recording(path)
    true = float(signals["power"].astype(np.float64).sum()) / rate
    assert integrate(trace, 0, None).energy_j == pytest.approx(true, rel=1e-6)
    assert trace.meter.period_s == pytest.approx(max(1e-3, 1 / rate))
    assert trace.meter.channels == ("JS220-001122",)
    assert "JS220 7" in trace.meter.detail
    assert trace.meter.accuracy is None
    if rate == FULL_HZ:
        inside = signals["power"][500_000:1_500_000].astype(np.float64).sum() / rate
        found = energy_between(trace, 500_000_000, 1_500_000_000)
        assert found.energy_j == pytest.approx(inside, rel=1e-6)


def test_a_current_alone_needs_the_voltage(tmp_path: Path) -> None:
    signals = waves(1000, 1)
    path = written(tmp_path / "a.jls", {"current": signals["current"]}, 1000)
    with pytest.raises(UsageError, match="give the board's with `supply_v`"):
        read_recording(path)
    found = integrate(read_recording(path, ReadOptions(supply_v=3.0)), 0, None)
    assert found.energy_j == pytest.approx(1.5, rel=1e-5)
    whole = written(tmp_path / "b.jls", signals, 1000)
    with pytest.raises(UsageError, match="has its own voltage: leave `supply_v` out"):
        read_recording(whole, ReadOptions(supply_v=3.0))


def test_falls_of_input_0_are_marks(tmp_path: Path) -> None:
    # The input's first sample is 2,000 before the power's, at 1 kHz: 2 s.
    high = np.ones(6000, np.uint8)
    high[2500:2600] = high[3250:3300] = 0
    path = written(tmp_path / "a.jls", waves(1000, 4), 1000, input_0=high)
    marks = read_recording(path).samples.marks_ns
    assert marks is not None
    assert marks.tolist() == [500_000_000, 1_250_000_000]


def test_samples_that_are_missing_are_said(tmp_path: Path) -> None:
    signals = waves(10_000, 1)
    signals["power"][3000:3005] = np.nan
    path = written(tmp_path / "a.jls", signals, 10_000)
    found = integrate(read_recording(path), 0, None)
    assert found.faults == ("5 of 10,000 samples are missing in it",)
    signals["power"][3000:4000] = np.nan
    path = written(tmp_path / "b.jls", signals, 10_000)
    found = integrate(read_recording(path), 0, None)
    assert found.lost_samples == pytest.approx(100, abs=1)


def test_several_instruments_are_asked_for(tmp_path: Path) -> None:
    names = ("JS220-1", "JS220-2")
    path = written(tmp_path / "a.jls", waves(1000, 1), 1000, names=names)
    with pytest.raises(UsageError, match=r"2 instruments in it; choose .* JS220-1, JS220-2"):
        read_recording(path)
    with pytest.raises(UsageError, match="no instrument 'JS220-3' in it"):
        read_recording(path, ReadOptions(rail="JS220-3"))
    one, two = (
        integrate(read_recording(path, ReadOptions(rail=each)), 0, None).energy_j for each in names
    )
    assert two == pytest.approx(2 * one, rel=1e-6)


def test_what_is_no_recording_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = written(tmp_path / "a.jls", waves(1000, 1), 1000).read_bytes()
    for number, content in enumerate((b"", whole[:20], whole[:300], b"jlsfmt\r\n \n \x1a  junk")):
        path = tmp_path / f"{number}.jls"
        path.write_bytes(content)
        with pytest.raises(TraceInvalid, match=r"\.jls: no "):
            read_recording(path)
    assert capfd.readouterr() == ("", "")
    old = tmp_path / "old.jls"
    old.write_bytes(b"\xd3tagfmt \r\n \n  \x1a\x1c" + bytes(100))
    with pytest.raises(TraceInvalid, match="version 1 of Joulescope's files"):
        read_recording(old)
    voltage = written(tmp_path / "v.jls", {"voltage": waves(1000, 1)["voltage"]}, 1000)
    with pytest.raises(TraceInvalid, match="no signal of power or current"):
        read_recording(voltage)
