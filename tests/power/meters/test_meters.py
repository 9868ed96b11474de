"""Meters, against trees and programs that stand in for the real ones."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.errors import EdgebenchError, MeterLost, MeterNotFound
from edgebench.power.acquisition.connections import sysfs
from edgebench.power.acquisition.reader import MeterReader
from edgebench.power.find import find_meters
from edgebench.power.meters.command import CommandMeter
from edgebench.power.open import open_meter
from tests.conftest import waited


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    (tmp_path / "bin").mkdir()
    return tmp_path


def tree(folder: Path, **files: str | int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n")
    return folder


def jetson(root: Path) -> Path:
    return tree(
        root / "sys/class/hwmon/hwmon4",
        name="ina3221",
        update_interval=1,
        in1_label="VDD_IN",
        in1_input=5000,
        curr1_input=900,
        in2_label="VDD_CPU_GPU_CV",
        in2_input=5000,
        curr2_input=300,
        in4_input=12,
    )


def read_watts(name: str) -> float:
    with open_meter(name) as meter:
        meter.start()
        return float(meter.read().power_w[-1])


def test_a_jetson_s_whole_input_is_taken_alone(root: Path) -> None:
    jetson(root)
    assert read_watts("hwmon") == pytest.approx(4.5)
    assert read_watts("hwmon:ina3221:VDD_CPU_GPU_CV") == pytest.approx(1.5)
    with open_meter("hwmon") as meter:
        assert meter.description.channels == ("VDD_IN",)
        assert meter.description.measured_at == "inlet"
        assert meter.description.accuracy is not None
    with pytest.raises(
        MeterNotFound, match=r"no rail 'GPU'; there are ina3221:VDD_IN \(4\.5 W\), ina3221:VDD_CPU"
    ):
        open_meter("hwmon:ina3221:GPU")
    with pytest.raises(
        MeterNotFound, match=r"no power sensor called ina226; there are ina3221:VDD_IN \(4\.5 W\)"
    ):
        open_meter("hwmon:ina226")


def test_an_ina_that_gives_power_itself(root: Path) -> None:
    tree(root / "sys/class/hwmon/hwmon1", name="coretemp", temp1_input=40000)
    tree(
        root / "sys/class/hwmon/hwmon2",
        name="ina226",
        power1_input=1_250_000,
        curr1_input=250,
        in1_input=5000,
    )
    assert read_watts("hwmon:ina226") == pytest.approx(1.25)


def test_an_old_jetpack_s_iio_sensor(root: Path) -> None:
    tree(
        root / "sys/bus/iio/devices/iio:device0",
        name="ina3221x",
        rail_name_0="POM_5V_IN",
        in_power0_input=2400,
        in_voltage0_input=4900,
        in_current0_input=490,
    )
    with open_meter("hwmon:ina3221") as meter:
        meter.start()
        assert meter.read().power_w[0] == pytest.approx(2.4)
        assert meter.description.channels == ("POM_5V_IN",)


def test_a_sensor_that_goes_away_is_lost_and_what_was_read_is_kept(root: Path) -> None:
    folder = jetson(root)
    with open_meter("hwmon") as meter, MeterReader(meter) as reader:
        waited(lambda: len(reader.trace().samples) >= 5)
        (folder / "curr1_input").write_text("")  # what a driver gives that fails
        waited(lambda: reader.lost is not None)
    assert "can't be read any more: it has nothing, no number" in str(reader.lost)
    assert len(reader.trace().samples) >= 5


def rapl(root: Path, microjoules: int, wrap: int = 262_143_328_850) -> Path:
    zone = tree(
        root / "sys/class/powercap/intel-rapl:0",
        name="package-0",
        energy_uj=microjoules,
        max_energy_range_uj=wrap,
    )
    tree(root / "sys/class/powercap/intel-rapl:0:0", name="core", energy_uj=1)
    return zone


def test_a_counter_that_does_not_say_where_it_wraps_is_read(root: Path) -> None:
    zone = rapl(root, 900)
    (zone / "max_energy_range_uj").write_text("unknown\n")
    with open_meter("rapl") as meter:
        meter.start()
        (zone / "energy_uj").write_text("980\n")
        assert meter.read().energy_j is not None


def test_a_counter_s_wrap_is_no_loss(root: Path) -> None:
    zone = rapl(root, 900, wrap=1000)
    with open_meter("rapl") as meter:
        meter.start()
        (zone / "energy_uj").write_text("980\n")
        first = meter.read()
        (zone / "energy_uj").write_text("40\n")
        second = meter.stop()
    assert meter.description.is_estimate
    assert first.energy_j is not None
    assert second.energy_j is not None
    np.testing.assert_allclose([first.energy_j[0], second.energy_j[0]], [80e-6, 140e-6])
    assert second.power_w[0] > 0


@pytest.mark.parametrize(
    ("wrap", "after"), [(262_143_328_850, 1_000), (0, 1_000), (262_143_328_850, 9_000_000_000)]
)
def test_a_counter_that_is_reset_is_a_problem_and_no_energy(
    root: Path, wrap: int, after: int
) -> None:
    zone = rapl(root, 5_000_000, wrap)
    with open_meter("rapl") as meter, MeterReader(meter) as reader:
        waited(lambda: len(reader.trace().samples) >= 5)
        (zone / "energy_uj").write_text(f"{after}\n")
        waited(lambda: reader.lost is not None)
    assert re.search(r"rapl: its counter went from 5 to .* J .*: it was reset", str(reader.lost))
    assert reader.trace().samples.energy_j is not None
    assert np.all(reader.trace().samples.energy_j == 0)


def program(root: Path, name: str, text: str) -> None:
    path = root / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_pi_5_is_an_estimate_and_a_pi_4_is_none(root: Path) -> None:
    program(
        root,
        "vcgencmd",
        'echo "  VDD_CORE_A current(7)=1.50000000A"\n'
        'echo "     VDD_CORE_V volt(15)=0.80000000V"\necho " 3V3_SYS_A current(1)=0.1A"\n'
        'echo "  3V3_SYS_V volt(9)=3.3V"\necho " EXT5V_V volt(24)=5.1V"',
    )
    with open_meter("rpi5-pmic") as meter:
        meter.start()
        assert meter.read().power_w[0] == pytest.approx(1.2 + 0.33)
        assert meter.description.is_estimate
        assert set(meter.description.channels) == {"VDD_CORE", "3V3_SYS"}
    program(
        root,
        "vcgencmd",
        'echo " VDD_CORE_A current(7)=1.2.3A"\necho " VDD_CORE_V volt(15)=0.8V"',
    )
    with pytest.raises(MeterNotFound, match=r"prints no rail: VDD_CORE_A current\(7\)=1.2.3A"):
        open_meter("rpi5-pmic")
    (root / "bin" / "vcgencmd").write_text("#!/nowhere\n")
    with pytest.raises(MeterNotFound, match="vcgencmd can't be run: No such file or directory; "):
        open_meter("rpi5-pmic")
    program(root, "vcgencmd", "echo 'error=1 error_msg=\"Command not registered\"'")
    with pytest.raises(MeterNotFound, match="only a Raspberry Pi 5"):
        open_meter("rpi5-pmic")


def test_a_program_s_own_clock_is_put_on_the_host_s(root: Path) -> None:
    program(
        root,
        "mymeter",
        "echo starting\ni=0\nwhile [ $i -lt 300 ]; do\n"
        'echo "$((1000 + i / 100)).$(printf %02d $((i % 100))) 2.5"\ni=$((i + 1))\n'
        "sleep 0.01\ndone\nsleep 5",
    )
    with open_meter("command:mymeter") as meter, MeterReader(meter) as reader:
        waited(lambda: len(reader.trace().samples) >= 20)
    samples = reader.trace().samples
    assert len(samples) >= 20
    assert set(samples.power_w) == {2.5}
    assert reader.lost is None


@pytest.mark.parametrize(
    ("text", "patience_s", "said"),
    [
        ("echo 3\nexit 4", 30.0, "ended by itself, exit code 4"),
        ("sleep 30", 0.2, "no line of numbers for 0.2 s"),
        ("while :; do echo hello; sleep 0.02; done", 0.2, "no line of numbers for 0.2 s"),
    ],
)
def test_a_program_that_fails_or_is_silent_is_lost(
    root: Path, text: str, patience_s: float, said: str
) -> None:
    program(root, "mymeter", text)
    with CommandMeter("mymeter", patience_s, patience_s) as meter, MeterReader(meter) as reader:
        waited(lambda: reader.lost is not None)
    assert said in str(reader.lost)


def test_meters_are_listed_with_what_to_do_about_the_rest(root: Path) -> None:
    jetson(root)
    zone = rapl(root, 5)
    (zone / "energy_uj").write_text("absurd\n")
    found = {each.name: each for each in find_meters()}
    assert found["hwmon:ina3221"].works
    assert found["hwmon:ina3221"].watts == pytest.approx(4.5)
    assert not found["rapl"].works
    assert "can't be read any more" in found["rapl"].advice
    assert not found["battery"].works
    assert "no battery" in found["battery"].advice
    with pytest.raises(MeterNotFound, match="`power`: unknown value 'magic'; choose from battery"):
        open_meter("magic")


def test_a_recording_keeps_what_there_was_when_the_meter_is_lost(root: Path) -> None:
    program(root, "mymeter", "for i in 1 2 3 4 5; do echo 2; sleep 0.05; done; exit 1")
    with pytest.raises(MeterLost, match=r"What was recorded before is in .*t\.npz"):
        api.record_power("command:mymeter", seconds=30, out=root / "t.npz")
    from edgebench.power.traces.formats.npz import load_trace

    assert len(load_trace(root / "t.npz").samples) == 5


def test_a_recording_that_is_saved_elsewhere_follows_no_planted_link(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(root, "mymeter", "for i in 1 2 3 4 5; do echo 2; sleep 0.05; done; exit 1")
    (root / "file").write_text("no folder")
    victim, shared = root / "victim", root / "tmp"
    victim.write_text("untouched")
    shared.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    stem = f"edgebench-recording-{os.getpid()}"
    planted = [shared / f"{stem}.npz", shared / f".{stem}.draft.npz"]
    for link in planted:
        link.symlink_to(victim)
    with pytest.raises(EdgebenchError, match="The recording is in ") as caught:
        api.record_power("command:mymeter", seconds=30, out=root / "file" / "t.npz")
    assert victim.read_text() == "untouched"
    assert all(link.is_symlink() for link in planted)
    (kept,) = set(shared.iterdir()) - set(planted)
    assert f"The recording is in {kept}" in str(caught.value)
    from edgebench.power.traces.formats.npz import load_trace

    assert len(load_trace(kept).samples) == 5
