"""The driver of the PPK2: ``ppk2:PORT,supply=VOLTS[,mode=source|ampere][,rate=1k][,marks=D0]``."""

from __future__ import annotations

from edgebench.errors import UsageError
from edgebench.power.acquisition.connections.usb import ports_of
from edgebench.power.contract import Figures, Found
from edgebench.power.meters.ppk2.instrument import RATE_HZ, Ppk2, Ppk2Options
from edgebench.power.place import MeterPlace
from edgebench.power.requirement import Requirement

USB = (0x1915, 0xC00A)


class Ppk2Driver:
    """Nordic's kit, at a serial port."""

    name = "ppk2"
    aliases = ()
    requires = Requirement(
        "ppk2_api", "edgebench[ppk2]", "ppk2-api is GPLv2, so it is an extra of its own"
    )
    supplies = True
    options = Ppk2Options
    usage = "ppk2:PORT"
    summary = (
        "Nordic's PPK2; `supply=` is required; `mode=source` (default) or `ampere`; marks from D0 "
        "(`marks=D3`)"
    )
    rate = "100 kHz, kept as means: `rate=1k`"
    figures = Figures.MEASURED
    advice = "plug one in: `power=ppk2:/dev/ttyACM0` with `supply_v=3.3`"

    def discover(self) -> list[Found]:
        """Return the ports of kits; reading one would switch the board's supply."""
        return [
            Found(port, "Nordic's PPK2; needs `supply_v`", is_read=False) for port in ports_of(*USB)
        ]

    def open(self, place: MeterPlace) -> Ppk2:
        """Open the kit at a serial port.

        Raises
        ------
        MeterNotFound
            If it does not answer as one does, or ppk2-api is not installed.
        UsageError
            If the rate does not divide 100 kHz.
        """
        options = place.options_as(Ppk2Options)
        where = place.required_address("ppk2:/dev/ttyACM0,supply=3.3")
        if RATE_HZ % options.rate_hz:
            raise UsageError("ppk2: rate= must divide 100k", field="power")
        return Ppk2(where, options, self.requires.load(self.name, "ppk2_api.ppk2_api"))
