"""The machine along a run, and its clock held."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import UsageError
from edgebench.host.frequency import held_frequency
from edgebench.host.timeline import Watch
from tests.conftest import waited


def machine(root: Path, khz: int = 1_500_000, temperature: int = 45_000) -> Path:
    """A board of two policies and one thermal zone."""
    for number in (0, 2):
        policy = root / f"sys/devices/system/cpu/cpufreq/policy{number}"
        policy.mkdir(parents=True)
        for whose in ("cpuinfo", "scaling"):
            (policy / f"{whose}_min_freq").write_text("600000\n")
            (policy / f"{whose}_max_freq").write_text("1800000\n")
    for cpu in range(2):
        folder = root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_cur_freq").write_text(f"{khz}\n")
    zone = root / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text(f"{temperature}\n")
    return root


def test_frequency_and_temperature_are_kept_along_the_run(tmp_path: Path) -> None:
    root = machine(tmp_path)
    zone = root / "sys/class/thermal/thermal_zone0/temp"
    with Watch(root, 0.01) as watch:
        waited(lambda: len(watch.timeline.t_ns) >= 3)
        zone.write_text("71000\n")
        waited(lambda: watch.timeline.temperature_c[-1] == 71.0)
    timeline = watch.timeline
    assert timeline.temperature_c[0] == 45.0
    assert set(timeline.frequency_mhz) == {1500.0}
    lists = timeline.to_json().values()
    assert len({len(each) for each in lists}) == 1
    assert timeline.t_ns == sorted(timeline.t_ns)


def limits(root: Path) -> list[tuple[str, str]]:
    policies = sorted((root / "sys/devices/system/cpu/cpufreq").iterdir())
    return [
        (
            (policy / "scaling_min_freq").read_text().strip(),
            (policy / "scaling_max_freq").read_text().strip(),
        )
        for policy in policies
    ]


def test_the_clock_is_held_and_given_back(tmp_path: Path) -> None:
    root = machine(tmp_path)
    before = limits(root)
    with held_frequency(1200, root):
        assert limits(root) == [("1200000", "1200000")] * 2
    assert limits(root) == before
    with pytest.raises(KeyboardInterrupt), held_frequency(600, root):
        raise KeyboardInterrupt
    assert limits(root) == before
    with held_frequency(None, root):
        assert limits(root) == before


def test_a_clock_that_can_t_be_held_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cpufreq"), held_frequency(1000, tmp_path):
        pass
    root = machine(tmp_path / "board")
    with (
        pytest.raises(UsageError, match="policy0 runs from 600 to 1800 MHz, not at 2400"),
        held_frequency(2400, root),
    ):
        pass
    assert limits(root) == [("600000", "1800000")] * 2
