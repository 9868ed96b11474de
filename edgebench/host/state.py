"""State of the machine: frequency, temperature, throttling, load from others."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.host.kernel_files import ROOT, read_text
from edgebench.host.limits import LimitCounts

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
VCGENCMD_TIMEOUT_S = 2.0
STEADY_GOVERNORS = ("performance", "schedutil")
"""Governors that leave the clock alone, or follow the load at once."""
MOST_OTHERS_SHARE = 0.05
"""On a machine of which other programs take more than this, a figure may lie: measured with busy
neighbours."""
HOT_C = 80.0
"""From here on boards slow down."""

THROTTLED_BITS = {
    0: "under-voltage now",
    1: "frequency capped now",
    2: "throttled now",
    3: "soft temperature limit now",
    16: "under-voltage since boot",
    17: "frequency capped since boot",
    18: "throttled since boot",
    19: "soft temperature limit since boot",
}
"""Bits of the Raspberry Pi's ``vcgencmd get_throttled``."""


@dataclass(frozen=True)
class CpuTimes:
    """Processor time since boot, of the whole machine and of this process with its children."""

    busy_s: float
    total_s: float
    own_s: float


@dataclass(frozen=True)
class HostState:
    """The state at one moment; None or empty where the machine does not tell.

    ``load_1min`` is the kernel's; ``throttling`` is a Pi's own words, empty when all is well,
    None where there is no vcgencmd. ``probe_ns`` is `edgebench.host.probe`'s time and ``limits`` is
    what the control groups' limits did, where they were taken.
    """

    governors: tuple[str, ...]
    frequency_mhz: tuple[float, ...]
    temperature_c: dict[str, float]
    throttling: tuple[str, ...] | None
    load_1min: float | None
    probe_ns: float | None = None
    limits: LimitCounts = field(default_factory=LimitCounts)


def host_state(root: Path = ROOT, throttling: bool = True) -> HostState:
    """Read the state of the machine; `root` is the folder that /proc and /sys lie in.

    Parameters
    ----------
    throttling
        False leaves it out: asking for it starts a program.
    """
    cpus = sorted((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq"), key=_cpu_number)
    governors = [read_text(cpu / "scaling_governor") for cpu in cpus]
    frequencies = [read_text(cpu / "scaling_cur_freq") for cpu in cpus]
    load = read_text(root / "proc/loadavg").split()
    return HostState(
        governors=tuple(dict.fromkeys(governor for governor in governors if governor)),
        frequency_mhz=tuple(int(khz) / 1000 for khz in frequencies if khz.isdigit()),
        temperature_c=_temperatures(root / "sys/class/thermal"),
        throttling=_throttling() if throttling else None,
        load_1min=float(load[0]) if load else None,
    )


def cpu_times(root: Path = ROOT) -> CpuTimes:
    """Read how busy the machine and this process have been."""
    line = read_text(root / "proc/stat").partition("\n")[0].split()[1:9]
    ticks = [int(field) for field in line if field.isdigit()]
    idle = sum(ticks[3:5])  # idle and iowait
    own = os.times()
    return CpuTimes(
        busy_s=(sum(ticks) - idle) / _TICKS_PER_S,
        total_s=sum(ticks) / _TICKS_PER_S,
        own_s=own.user + own.system + own.children_user + own.children_system,
    )


def others_share(before: CpuTimes, after: CpuTimes) -> float | None:
    """Return the share of the machine, 0 to 1, that other processes used in between.

    None where the kernel does not tell, or no time has passed. Children count as others until
    they have ended.
    """
    total = after.total_s - before.total_s
    if total <= 0:
        return None
    others = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return min(1.0, max(0.0, others / total))


def _cpu_number(path: Path) -> int:
    digits = re.sub(r"\D", "", path.parent.name)
    return int(digits or 0)


def _temperatures(folder: Path) -> dict[str, float]:
    found = {}
    for zone in sorted(folder.glob("thermal_zone*")):
        value = read_text(zone / "temp")
        if re.fullmatch(r"-?\d+", value):
            name = read_text(zone / "type") or zone.name
            found[name if name not in found else f"{name}/{zone.name}"] = int(value) / 1000
    return found


def _throttling() -> tuple[str, ...] | None:
    if shutil.which("vcgencmd") is None:
        return None
    try:
        answer = subprocess.run(
            ["vcgencmd", "get_throttled"],
            capture_output=True,
            text=True,
            timeout=VCGENCMD_TIMEOUT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"throttled=(0x[0-9a-fA-F]+)", answer)
    if match is None:
        return None
    flags = int(match[1], 16)
    return tuple(text for bit, text in THROTTLED_BITS.items() if flags >> bit & 1)
