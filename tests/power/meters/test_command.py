"""A program that prints watts: what it may print, and what is left out and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.errors import MeterLost, TooFewSamples
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.meters.command import CommandMeter
from edgebench.power.traces.formats.npz import load_trace, save_trace
from edgebench.power.traces.trace import PowerTrace
from tests.conftest import waited


def printed(lines: str, count: int) -> PowerTrace:
    """What a meter makes of a program that prints these lines and waits."""
    program = f"printf -- '{lines}'; sleep 5"
    with CommandMeter(f'sh -c "{program}"') as meter, MeterReader(meter) as reader:
        waited(lambda: len(reader.trace().samples) >= count)
    return reader.trace()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1e308", "lines beyond 10000 W were left out"),
        ("-20000", "lines beyond 10000 W were left out"),
        ("nan", "lines that are not finite numbers were left out"),
        ("1.0 inf", "lines that are not finite numbers were left out"),
        ("1e300 2", "lines with times beyond 9e+09 s were left out"),
    ],
)
def test_what_can_t_be_true_is_left_out_counted_and_said(line: str, fault: str) -> None:
    trace = printed(rf"{line}\n2\n{line}\n3\n", 2)
    assert sorted(trace.samples.power_w.tolist()) == [2, 3]
    assert trace.samples.faults == (fault,)
    assert sum(each.samples for each in trace.losses) == 2


def test_other_lines_are_skipped_without_a_fault() -> None:
    trace = printed(r"starting\n2\nvolts amps\n1 2 3\n\n4\n", 2)
    assert trace.samples.power_w.tolist() == [2, 4]
    assert trace.samples.faults == ()


def test_a_clock_that_runs_backwards_is_said_and_the_recording_can_be_read(tmp_path: Path) -> None:
    trace = printed(r"5.0 2\n5.1 2\n4.0 9\n5.2 2\n", 3)
    assert trace.samples.power_w.tolist() == [2, 2, 2]
    assert trace.samples.faults == ("lines whose time runs backwards were left out",)
    save_trace(trace, tmp_path / "t.npz")
    assert np.all(np.diff(load_trace(tmp_path / "t.npz").samples.t_ns) >= 0)


def test_negative_power_is_said() -> None:
    assert printed(r"-2\n-3\n", 2).samples.faults == (
        "its mean power is below 0 W: are its leads the wrong way round?",
    )


def test_a_recording_of_nothing_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(TooFewSamples, match=r"gave no sample in 0\.3 s: nothing was written"):
        api.record_power("command:sleep 5", seconds=0.3, out=tmp_path / "t.npz")
    assert not (tmp_path / "t.npz").exists()


def test_what_a_program_said_before_it_ended_is_quoted() -> None:
    program = 'sh -c "echo probing; echo no such sensor 7 >&2; exit 3"'
    with CommandMeter(program) as meter, MeterReader(meter) as reader:
        waited(lambda: reader.lost is not None)
    said = "it printed 'probing', and 'no such sensor 7' to standard error"
    assert f"exit code 3; {said}" in str(reader.lost)


def test_what_a_program_says_instead_of_numbers_is_quoted() -> None:
    program = r'sh -c "printf \"waiting\\033[2J for a device\n\"; sleep 5"'
    with CommandMeter(program, first_line_s=30.0) as meter:
        meter.start()
        waited(lambda: len(meter.read()) or b"device\n" in meter._said)
        meter._first_line_s = 0.0
        with pytest.raises(MeterLost) as lost:
            meter.read()
    assert r"So far it printed 'waiting\x1b[2J for a device', and nothing" in str(lost.value)


def test_a_program_that_talks_all_the_time_fills_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    program = (
        """sh -c "yes warning | head -c 3000000 >&2; echo the end >&2; echo 2; exec sleep 5" """
    )
    with CommandMeter(program) as meter, MeterReader(meter) as reader:
        waited(lambda: len(reader.trace().samples) > 0)
        waited(lambda: "the end' to standard error" in meter._last_words())
        assert len(meter._last_words()) < 1000
