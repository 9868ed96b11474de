from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from edgebench.boards.card import board_card, recognize
from edgebench.errors import BoardNotFound
from edgebench.host.available_memory import AvailableMemory, available_memory, machine_bytes
from edgebench.host.facts import host_facts
from edgebench.host.state import CpuTimes, cpu_times, host_state, others_share


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_raspberry_pi_is_recognized(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
            "proc/cpuinfo": "processor\t: 0\nCPU part\t: 0xd0b\n",
            "proc/meminfo": "MemTotal:        8256276 kB\n",
            "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500000\n",
            "sys/devices/system/cpu/cpu10/cpufreq/scaling_governor": "performance\n",
            "sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq": "2400000\n",
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
            "sys/class/thermal/thermal_zone0/temp": "61350\n",
            "proc/loadavg": "0.42 0.10 0.05 1/200 1234\n",
        },
    )
    facts, state = host_facts(tmp_path), host_state(tmp_path)
    assert (facts.board, facts.cpu_model) == ("Raspberry Pi 5 Model B Rev 1.0", "Cortex-A76")
    assert facts.memory_bytes == 8256276 * 1024
    assert facts.operating_system == "Debian GNU/Linux 12 (bookworm)"
    assert state.governors == ("ondemand", "performance")
    assert state.frequency_mhz == (1500.0, 2400.0)
    assert state.temperature_c == {"cpu-thermal": 61.35}
    assert state.load_1min == 0.42
    card = recognize(facts.board)
    assert card is not None
    assert card.name == "raspberry-pi-5"


def test_a_machine_that_tells_nothing_is_no_error(tmp_path: Path) -> None:
    state = host_state(tmp_path)
    assert (state.governors, state.temperature_c, state.load_1min) == ((), {}, None)
    assert host_facts(tmp_path).board == ""
    assert recognize("") is None


def test_a_pis_throttling_flags_are_put_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "vcgencmd"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled=0x50005\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert host_state(tmp_path).throttling == (
        "under-voltage now",
        "throttled now",
        "under-voltage since boot",
        "throttled since boot",
    )


def test_others_are_what_is_busy_beyond_ourselves() -> None:
    before = CpuTimes(busy_s=10, total_s=100, own_s=1)
    after = CpuTimes(busy_s=15, total_s=110, own_s=4)
    assert others_share(before, after) == pytest.approx(0.2)
    assert others_share(before, before) is None
    assert cpu_times().total_s > 0


def test_an_unknown_board_lists_the_known_ones() -> None:
    assert board_card("jetson-orin-nano").device_tree
    with pytest.raises(BoardNotFound, match="raspberry-pi-4"):
        board_card("arduino")


def test_available_memory_is_read_or_not_claimed(tmp_path: Path) -> None:
    meminfo = tmp_path / "proc" / "meminfo"
    meminfo.parent.mkdir()
    meminfo.write_text(
        "MemTotal: 999 kB\nMemAvailable:  300 kB\nSwapFree:   20 kB\nHugePages_Total: 0\n"
    )
    assert machine_bytes(tmp_path) == 300 * 1024
    assert available_memory(tmp_path) == AvailableMemory(300 * 1024)
    for damaged in ("", "MemTotal: 999 kB\n", "MemAvailable: many kB\n", "MemAvailable:\n"):
        meminfo.write_text(damaged)
        assert available_memory(tmp_path) is None
    assert available_memory(tmp_path / "none") is None
    here = available_memory()
    assert here is not None
    assert here.size_bytes > 2**20
