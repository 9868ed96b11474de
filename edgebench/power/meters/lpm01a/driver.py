"""The driver of the LPM01A: ``lpm01a:PORT[,supply=3.3][,rate=1k][,format=ascii|binary]``."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.errors import UsageError
from edgebench.power.acquisition.connections.usb import ports_of
from edgebench.power.contract import Figures, Found
from edgebench.power.meters.lpm01a.instrument import (
    LEAST_V,
    MOST_ASCII_RATE,
    MOST_V,
    RATES,
    Lpm01a,
)
from edgebench.power.option_kinds import Choice, Number, OneNumber
from edgebench.power.options import option
from edgebench.power.place import MeterPlace

USB = (0x0483, 0x5740)
"""The virtual port of ST, which other boards of ST have as well."""
BINARY = "binary"


@dataclass(frozen=True, kw_only=True)
class Lpm01aOptions:
    """Its supply, its rate, and which of its formats it sends."""

    supply_v: float = option("supply", Number(LEAST_V, MOST_V, "V"), 3.3)
    rate_hz: float = option("rate", OneNumber(RATES), 1e3)
    format: str = option("format", Choice("ascii", BINARY), "ascii")


class Lpm01aDriver:
    """ST's power shield, at a serial port."""

    name = "lpm01a"
    aliases = ()
    requires = None
    supplies = True
    options = Lpm01aOptions
    usage = "lpm01a:PORT"
    summary = "ST's X-NUCLEO-LPM01A; supplies 1.8 to 3.3 V, 50 mA; marks from D7"
    rate = "1 kHz; `rate=` to 5k, `format=binary,rate=100k` without marks"
    figures = Figures.MEASURED
    advice = "none on USB; at another port: `power=lpm01a:/dev/ttyACM1` with `supply_v=3.0`"

    def discover(self) -> list[Found]:
        """Return the ports that could be one; reading would switch the board's supply."""
        what = "ST's virtual port: an LPM01A, or another board of ST's; `supply_v`"
        return [Found(port, what, is_read=False) for port in ports_of(*USB)]

    def open(self, place: MeterPlace) -> Lpm01a:
        """Open the meter at a serial port.

        Raises
        ------
        MeterNotFound
            If it does not answer as one does.
        UsageError
            If the rate is too high for its text format.
        """
        options = place.options_as(Lpm01aOptions)
        where = place.required_address("lpm01a:/dev/ttyACM1")
        is_binary = options.format == BINARY
        if options.rate_hz > MOST_ASCII_RATE and not is_binary:
            raise UsageError(
                "lpm01a: text is too slow above 5k: format=binary (which has no marks)",
                field="power",
            )
        return Lpm01a(where, options.supply_v, options.rate_hz, is_binary)
