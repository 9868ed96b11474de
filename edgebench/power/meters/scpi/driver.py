"""The driver of SCPI instruments.

``scpi:RESOURCE[,channel=1][,rate=10][,supply=V][,card=NAME][,cards=FILE]``: RESOURCE is VISA's,
such as ``TCPIP::192.168.1.5::5025::SOCKET``, ``ASRL/dev/ttyUSB0::INSTR`` or ``USB0::...::INSTR``.
"""

from __future__ import annotations

from edgebench.power.contract import Figures, Found
from edgebench.power.meters.scpi.instrument import Scpi, ScpiOptions
from edgebench.power.place import MeterPlace
from edgebench.power.requirement import Requirement

EXAMPLE = "scpi:TCPIP::192.168.1.5::5025::SOCKET"


class ScpiDriver:
    """Any instrument that speaks SCPI."""

    name = "scpi"
    aliases = ()
    requires = Requirement("pyvisa_py", "edgebench[power]")
    supplies = True
    options = ScpiOptions
    usage = "scpi:RESOURCE"
    summary = (
        "any SCPI instrument: VISA's name; cards for Keysight N6705, R&S, Siglent, Rigol, Yokogawa;"
        " `channel=`, `card=`, `cards=FILE`"
    )
    rate = "`rate=10`"
    figures = Figures.MEASURED
    advice = f"name the instrument: `power={EXAMPLE}`"

    def discover(self) -> list[Found]:
        """Return nothing: a search of networks and ports would take long and disturb others."""
        return []

    def open(self, place: MeterPlace) -> Scpi:
        """Open the instrument of a VISA resource.

        Raises
        ------
        MeterNotFound
            If it does not answer, refuses its card's set-up, or has no card of that name.
        CardInvalid
            If the file of cards is none.
        """
        resource = place.required_address(EXAMPLE)
        self.requires.load(self.name)
        visa = self.requires.load(self.name, "pyvisa")
        return Scpi(resource, place.options_as(ScpiOptions), visa)
