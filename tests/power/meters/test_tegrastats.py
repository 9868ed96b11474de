"""tegrastats: its logs, and the program itself as a meter."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from edgebench.errors import MeterLost, MeterNotFound, TraceInvalid, UsageError
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.self_check import check_meter
from edgebench.power.find import find_meters
from edgebench.power.integrate import integrate
from edgebench.power.jetson.tegrastats import chosen_rails, rails_of
from edgebench.power.open import open_meter
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recordings import read_recording
from tests.conftest import waited

RAM = "RAM 1488/7620MB (lfb 105x4MB) SWAP 0/3810MB (cached 0MB) CPU [0%@1036,off] GR3D_FREQ 0%"
ORIN = "VDD_GPU_SOC 3150mW/3150mW VDD_CPU_CV 14312mW/14312mW VIN_SYS_5V0 4968mW/4968mW"
AGX_ORIN = f"{ORIN} VDDQ_VDD2_1V8AO 1091mW/1091mW"
# Before JetPack 5: no time, no unit. The line was published in a bug report.
AGX_XAVIER = "GPU 463/463 CPU 618/618 SOC 2936/2936 CV 0/0 VDDRQ 309/309 SYS5V 3306/3306"


def log(
    folder: Path, rails: str, per_second: int = 1, seconds: int = 12, *, stamp: bool = True
) -> Path:
    path = folder / "tegrastats.log"
    path.write_text(
        "".join(
            (f"09-17-2026 02:10:{line // per_second:02d} " if stamp else "") + f"{RAM} {rails}\n"
            for line in range(seconds * per_second)
        )
    )
    return path


def test_the_whole_board_is_the_sum_where_no_rail_is(tmp_path: Path) -> None:
    trace = read_recording(log(tmp_path, AGX_ORIN))
    assert trace.samples.power_w[0] == pytest.approx(23.521)
    assert len(trace.meter.channels) == 4
    path = log(tmp_path, ORIN)
    with pytest.raises(UsageError, match="no rail is known to feed the whole board; choose"):
        read_recording(path)
    two = read_recording(path, ReadOptions(rail="VDD_GPU_SOC+VDD_CPU_CV"))
    assert two.samples.power_w[0] == pytest.approx(17.462)
    with pytest.raises(UsageError, match=r"no rail 'GPU'; choose with `rail` from VDD_GPU_SOC"):
        read_recording(path, ReadOptions(rail="VDD_GPU_SOC+GPU"))


def test_lines_without_a_time_need_the_interval(tmp_path: Path) -> None:
    path = log(tmp_path, AGX_XAVIER, stamp=False)
    with pytest.raises(UsageError, match=r"lines have no time .* such as `columns` time=1000:ms"):
        read_recording(path)
    for wrong in ({"time": "x:ms"}, {"time": "100:mW"}, {"power": "1:W"}, {"time": "0:s"}):
        with pytest.raises(UsageError, match="lines have no time"):
            read_recording(path, ReadOptions(columns=wrong))
    trace = read_recording(path, ReadOptions(columns={"time": "500:ms"}))
    assert trace.samples.power_w[0] == pytest.approx(7.632)
    assert integrate(trace, 0, None).duration_s == pytest.approx(5.5)
    stamped = log(tmp_path, AGX_XAVIER)
    with pytest.raises(UsageError, match="has its own times: leave `columns` out"):
        read_recording(stamped, ReadOptions(columns={"time": "500:ms"}))


def test_lines_within_a_second_are_spread_over_it(tmp_path: Path) -> None:
    trace = read_recording(log(tmp_path, "VDD_IN 4654mW/4600mW", per_second=10))
    assert trace.meter.period_s == pytest.approx(0.1)
    assert integrate(trace, 0, None).duration_s == pytest.approx(11.9)
    path = log(tmp_path, "VDD_IN 4654mW/4600mW", per_second=10)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:40] + lines[60:]))  # 2 s are missing
    with pytest.raises(TraceInvalid, match="at no even pace"):
        read_recording(path)


@pytest.mark.parametrize("lines", [slice(2, 8), slice(6, 14)])
def test_lines_of_a_second_or_two_need_the_interval(tmp_path: Path, lines: slice) -> None:
    path = log(tmp_path, "VDD_IN 4654mW/4600mW", per_second=10)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[lines]))
    with pytest.raises(UsageError, match=r"too few for a pace: give the interval .* time=1000:ms"):
        read_recording(path)
    trace = read_recording(path, ReadOptions(columns={"time": "100:ms"}))
    assert trace.meter.period_s == pytest.approx(0.1)
    with pytest.raises(TraceInvalid, match=r"s by `columns`, and [01] s by their times"):
        read_recording(path, ReadOptions(columns={"time": "1000:ms"}))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tegrastats that prints the lines of a file, at the interval that it is asked for."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    found = tmp_path / "tegrastats"
    found.write_text(
        '#!/bin/sh\n[ "$1" = --interval ] || exit 2\n'
        f'while cat "{tmp_path}/line"; do sleep "0.$(printf %03d "$2")"; done\n'
    )
    found.chmod(0o755)
    return found


def says(program: Path, rails: str) -> None:
    (program.parent / "line").write_text(f"09-17-2026 02:10:03 {RAM} {rails}\n")


def test_the_program_is_a_meter(program: Path) -> None:
    says(program, "VDD_IN 4654mW/4600mW VDD_SOC 1484mW/1484mW")
    with open_meter("tegrastats:,rate=20") as meter:
        assert meter.description.channels == ("VDD_IN",)
        assert meter.description.measured_at == "inlet"
        assert meter.description.period_s == 0.05
        assert meter.description.accuracy is None
        assert check_meter(meter) == pytest.approx(4.654)
        began = time.monotonic()
        meter.start()  # once more, as a run does after its check
        time.sleep(0.3)
        read = waited(meter.read)
        assert set(read.power_w.tolist()) == {4.654}
        # Those of this start alone.
        assert len(read) <= 1 + (time.monotonic() - began) / 0.05
    with open_meter("tegrastats:VDD_SOC+VDD_IN") as meter:
        assert check_meter(meter) == pytest.approx(6.138)
    assert {each.name: each for each in find_meters()}["tegrastats"].watts == pytest.approx(4.654)


def test_the_board_s_model_says_which_rails_are_the_whole(program: Path) -> None:
    says(program, "VIN 9000mW/9000mW VDD_GPU 2000mW/2000mW")
    with pytest.raises(MeterNotFound, match=r"choose with `power=tegrastats:RAIL` from VIN \(9000"):
        open_meter("tegrastats")
    (program.parent / "proc/device-tree").mkdir(parents=True)
    (program.parent / "proc/device-tree/model").write_text("NVIDIA Jetson AGX Thor\0")
    with open_meter("tegrastats") as meter:
        assert meter.description.channels == ("VIN",)
        assert meter.description.measured_at == "rails"


def test_a_program_that_prints_something_else_is_refused(program: Path) -> None:
    program.write_text("#!/bin/sh\necho no permission >&2\nexit 1\n")
    with pytest.raises(MeterNotFound, match=r"ended by itself, exit code 1.*no permission"):
        open_meter("tegrastats")
    program.unlink()
    with pytest.raises(MeterNotFound, match="tegrastats is not here: this is no Jetson"):
        open_meter("tegrastats")


def test_a_rail_that_goes_missing_ends_it(program: Path) -> None:
    says(program, "VDD_IN 4654mW/4600mW")
    with open_meter("tegrastats:,rate=20") as meter:
        meter.start()
        says(program, "VDD_SOC 4654mW/4600mW")
        with pytest.raises(MeterLost, match="a line has no rail 'VDD_IN'"):
            waited(lambda: meter.read() and None)


def test_a_thor_is_known_by_its_rails(tmp_path: Path) -> None:
    line = "RAM 1/2MB VDD_GPU 3000mW/1mW VDD_CPU_SOC_MSS 6000mW/1mW VIN_SYS_5V0 5000mW/1mW "
    path = tmp_path / "thor.log"
    path.write_text("".join(f"{line}VIN {25_000 + 1000 * n}mW/1mW\n" for n in range(3)))
    trace = read_recording(path, ReadOptions(columns={"time": "100:ms"}))
    assert trace.meter.channels == ("VIN",)
    assert trace.samples.power_w.tolist() == [25.0, 26.0, 27.0]


def test_lines_without_any_rail_s_power_say_why() -> None:
    line = "RAM 4300/30698MB GR3D_FREQ 45% cpu@45C"
    assert rails_of(line) == {}
    with pytest.raises(UsageError, match=r"no rail's power.*start tegrastats as root"):
        chosen_rails("a.log", rails_of(line), "VDD_IN")
    assert rails_of(f"{line} VDD_GPU_SOC 2171mW") == {"VDD_GPU_SOC": 2.171}
