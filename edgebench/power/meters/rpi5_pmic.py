"""A Raspberry Pi 5's power chip: an estimate, because some loads are missing in it.

``vcgencmd pmic_read_adc`` prints current and voltage of most rails, one rail per line, such as
``VDD_CORE_A current(7)=1.23A`` and ``VDD_CORE_V volt(15)=0.85V``.
"""

from __future__ import annotations

import re
import shutil

from edgebench.errors import MeterLost, MeterNotFound, ProgramFailed
from edgebench.files.refusals import program_refusal
from edgebench.power.acquisition.polled import Polled
from edgebench.power.contract import Figures, Found, PowerMeter
from edgebench.power.description import MeterDescription
from edgebench.power.options import NoOptions
from edgebench.power.place import MeterPlace
from edgebench.processes.programs import captured

PERIOD_S = 0.05
DEADLINE_S = 2.0
_READING = re.compile(
    r"^\s*(\w+)_([AV])\s+\w+\(\d+\)=\s*([0-9]{1,9}(?:\.[0-9]{0,12})?)\s*[AV]", re.MULTILINE
)


class Rpi5PmicDriver:
    """The power chip of a Raspberry Pi 5."""

    name = "rpi5-pmic"
    aliases = ()
    requires = None
    supplies = False
    options = NoOptions
    usage = "rpi5-pmic"
    summary = "a Pi 5's power chip, by vcgencmd: some loads are missing in it"
    rate = "20 Hz"
    figures = Figures.ESTIMATED
    advice = "vcgencmd is not here: this is no Raspberry Pi 5"

    def discover(self) -> list[Found]:
        """Return the chip if vcgencmd is here."""
        if shutil.which("vcgencmd") is None:
            return []
        return [Found("", "a Pi 5's power chip: an estimate, partial rails")]

    def open(self, place: MeterPlace) -> PowerMeter:
        """Open the chip, by the vcgencmd on PATH or the one at the address.

        Raises
        ------
        MeterNotFound
            If vcgencmd is not here, or reports no rails: on a Pi 4 and older.
        """
        program = place.address or shutil.which("vcgencmd")
        if program is None:
            raise MeterNotFound("vcgencmd is not here: rpi5-pmic is for a Raspberry Pi 5")
        try:
            rails = _rails(program)
        except MeterLost as error:
            raise MeterNotFound(f"{error}; only a Raspberry Pi 5 senses its currents") from error
        description = MeterDescription(
            name=self.name,
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
        If vcgencmd fails, hangs, or prints no rail.
    """
    try:
        done = captured([program, "pmic_read_adc"], DEADLINE_S)
    except (ProgramFailed, OSError) as error:
        raise MeterLost(program_refusal(error)) from error
    values: dict[str, dict[str, float]] = {}
    for rail, kind, number in _READING.findall(done.stdout):
        values.setdefault(rail, {})[kind] = float(number)
    rails = {rail: each["A"] * each["V"] for rail, each in values.items() if len(each) == 2}
    if not rails:
        said = (done.stdout or done.stderr).strip()[:100]
        raise MeterLost(f"vcgencmd pmic_read_adc prints no rail: {said or 'no output'}")
    return rails
