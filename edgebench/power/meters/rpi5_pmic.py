"""A Raspberry Pi 5's power chip: ``--power rpi5-pmic``. An estimate: some loads are not in it.

``vcgencmd pmic_read_adc`` tells current and voltage of most rails, a rail a line, such as
``VDD_CORE_A current(7)=1.23A`` and ``VDD_CORE_V volt(15)=0.85V``.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from edgebench.errors import MeterLost, MeterNotFound
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import MeterDescription, PowerMeter

PERIOD_S = 0.05
DEADLINE_S = 2.0
_READING = re.compile(r"^\s*(\w+)_([AV])\s+\w+\(\d+\)=\s*([0-9.]+)\s*[AV]", re.MULTILINE)


def open_rpi5_pmic(rest: str) -> PowerMeter:
    """Open the power chip, by the vcgencmd on PATH or the one that is named.

    Raises
    ------
    MeterNotFound
        If vcgencmd is not here, or tells no rails: on a Pi 4 and older.
    """
    program = rest or shutil.which("vcgencmd")
    if program is None:
        raise MeterNotFound("vcgencmd is not here: rpi5-pmic is for a Raspberry Pi 5")
    try:
        rails = _rails(program)
    except MeterLost as error:
        raise MeterNotFound(f"{error}; only a Raspberry Pi 5 senses its currents") from error
    description = MeterDescription(
        name="rpi5-pmic",
        detail="vcgencmd pmic_read_adc: partial rails",
        channels=tuple(rails),
        period_s=PERIOD_S,
        counts_energy=False,
        accuracy=None,
        is_estimate=True,
    )
    return Polled(description, lambda: sum(_rails(program).values()))


def _rails(program: str) -> dict[str, float]:
    """Return watts by rail.

    Raises
    ------
    MeterLost
        If vcgencmd fails, hangs, or tells no rail.
    """
    try:
        done = subprocess.run(
            [program, "pmic_read_adc"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeterLost(f"vcgencmd pmic_read_adc: {error}") from error
    values: dict[str, dict[str, float]] = {}
    for rail, kind, number in _READING.findall(done.stdout):
        values.setdefault(rail, {})[kind] = float(number)
    rails = {rail: each["A"] * each["V"] for rail, each in values.items() if len(each) == 2}
    if not rails:
        said = (done.stdout or done.stderr).strip()[:100]
        raise MeterLost(f"vcgencmd pmic_read_adc tells no rail: {said or 'it says nothing'}")
    return rails
