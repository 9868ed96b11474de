from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgebench.boards.card import board_cards
from edgebench.diagnostics import Finding, examine
from edgebench.diagnostics.toolchains import flashers, toolchains
from edgebench.power.acquisition.connections import sysfs

FILES = {
    "proc/loadavg": "1.70 0.10 0.05 1/200 1234\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
    "sys/devices/system/cpu/intel_pstate/no_turbo": "0\n",
    "sys/class/thermal/thermal_zone0/temp": "91000\n",
    "sys/class/hwmon/hwmon3/name": "ina3221\n",
    "sys/class/hwmon/hwmon3/curr1_input": "512\n",
    "sys/class/hwmon/hwmon3/in1_label": "VDD_IN\n",
    "sys/class/hwmon/hwmon3/in1_input": "5000\n",
    "sys/class/powercap/intel-rapl:0/name": "package-0\n",
    "sys/class/powercap/intel-rapl:0/energy_uj": "123\n",
    "sys/class/power_supply/BAT0/type": "Battery\n",
    "sys/class/power_supply/BAT0/status": "Discharging\n",
    "sys/class/power_supply/BAT0/power_now": "9000000\n",
}


@pytest.fixture(autouse=True)
def sensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sysfs.ROOT_VARIABLE, str(tmp_path))


def examined(root: Path) -> dict[str, Finding]:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {finding.name: finding for finding in examine(root)}


def test_what_disturbs_a_measurement_comes_with_what_to_do(tmp_path: Path) -> None:
    found = examined(tmp_path)
    for name, words in {
        "frequency governor": "cpupower",
        "temperature": "cool",
        "other programs": "end them",
    }.items():
        assert found[name].status == "warning"
        assert words in found[name].advice
    assert found["turbo"].detail == "on"


def test_the_machines_own_meters_are_found(tmp_path: Path) -> None:
    found = examined(tmp_path)
    assert found["hwmon:ina3221"].detail == (
        "`power=hwmon:ina3221`: rails VDD_IN; the shunt of VDD_IN can't be read: 10 mOhm is assumed"
    )
    assert found["rapl"].status == "ok"
    assert found["battery:BAT0"].status == "ok"


def test_what_a_run_needs_is_here(tmp_path: Path) -> None:
    found = examined(tmp_path)
    for name in ("LoadGen", "litert", "models", "python"):
        assert found[name].status == "ok"
    assert not [each for each in found.values() if each.status == "missing"]
    tools = [each for each in found.values() if each.area == "toolchains" and each.status != "ok"]
    assert all(each.advice for each in tools)


def test_flashers_are_those_of_the_cards() -> None:
    """A new card's flasher is looked for without being listed anywhere else."""
    known = {command[0] for card in board_cards().values() for command in card.flashers.values()}
    found = {tool.program: tool for tool in flashers()}
    assert set(found) == known
    assert {"nrfutil", "pyocd", "STM32_Programmer_CLI", "openocd"} <= known
    assert "nucleo-l4r5zi" in found["openocd"].purpose
    assert "nrf52840-dk" in found["openocd"].purpose
    assert known <= {each.name for each in toolchains()}


@pytest.mark.parametrize("knows", ["--version", "version"])
def test_a_tool_is_asked_as_it_wants(
    knows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "picotool"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = {knows} ] && {{ echo picotool v9.9; exit; }}\necho usage; exit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (found,) = (each for each in toolchains() if each.name == "picotool")
    assert found.detail == "picotool v9.9"
