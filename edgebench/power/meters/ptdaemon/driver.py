"""The driver of PTDaemon: ``ptd://HOST[:PORT][,period=1]`` or ``ptdaemon:HOST[:PORT]``."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.power.acquisition.connections.tcp import answers
from edgebench.power.contract import Figures, Found
from edgebench.power.meters.ptdaemon.analyzer import PtDaemon
from edgebench.power.meters.ptdaemon.connection import PtdConnection
from edgebench.power.option_kinds import Number
from edgebench.power.options import option
from edgebench.power.place import MeterPlace

HOST, PORT = "127.0.0.1", 8888
LEAST_PERIOD_S = 0.05


@dataclass(frozen=True, kw_only=True)
class PtDaemonOptions:
    """How often the analyzer measures; MLPerf's period is a second."""

    period_s: float = option("period", Number(LEAST_PERIOD_S, unit="s"), 1.0)


class PtDaemonDriver:
    """An analyzer behind SPEC's PTDaemon."""

    name = "ptdaemon"
    aliases = ("ptd",)
    requires = None
    supplies = False
    options = PtDaemonOptions
    usage = "ptdaemon:HOST[:PORT]"
    summary = "an analyzer of mains power, by SPEC's PTDaemon; also written `ptd://HOST:8888`"
    rate = "1 Hz; `period=1`"
    figures = Figures.MEASURED
    advice = "SPEC's PTDaemon, licensed, runs on the analyzer's computer: `power=ptd://HOST:8888`"

    def discover(self) -> list[Found]:
        """Return the PTDaemon of this machine; another program may be measuring with it."""
        if b"PTDaemon" not in answers(HOST, PORT, b"Hello\r\n"):
            return []
        return [Found(f"{HOST}:{PORT}", f"PTDaemon answers at port {PORT}", is_read=False)]

    def open(self, place: MeterPlace) -> PtDaemon:
        """Open the PTDaemon at ``//HOST:PORT`` or ``HOST:PORT``.

        Raises
        ------
        MeterNotFound
            If it does not answer as one does, or is too old.
        """
        connection = PtdConnection(*place.host_and_port(HOST, PORT))
        return PtDaemon(connection, place.options_as(PtDaemonOptions).period_s)
