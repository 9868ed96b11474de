"""The driver of Otii: ``otii[:HOST[:PORT]][,device=NAME][,supply=3.3][,license=no]``."""

from __future__ import annotations

from edgebench.power.acquisition.connections.tcp import answers
from edgebench.power.contract import Figures, Found
from edgebench.power.meters.otii.instrument import Otii, OtiiOptions
from edgebench.power.place import MeterPlace
from edgebench.power.requirement import Requirement

HOST, PORT = "127.0.0.1", 1905


class OtiiDriver:
    """An instrument of Otii's program."""

    name = "otii"
    aliases = ()
    requires = Requirement("otii_tcp_client", "edgebench[power]")
    supplies = True
    options = OtiiOptions
    usage = "otii[:HOST[:PORT]]"
    summary = (
        "an Arc or Ace, by Otii's program and its Automation license; `device=`, `supply=`; marks "
        "from GPI1"
    )
    rate = "the instrument's"
    figures = Figures.MEASURED
    advice = "start Otii and its TCP server (port 1905), here or elsewhere: `power=otii:HOST`"

    def discover(self) -> list[Found]:
        """Return the program of this machine; reading it would switch a supply."""
        if b"otii" not in answers(HOST, PORT, b""):
            return []
        return [Found(f"{HOST}:{PORT}", f"Otii's program answers at port {PORT}", is_read=False)]

    def open(self, place: MeterPlace) -> Otii:
        """Open the instrument of an Otii program.

        Raises
        ------
        MeterNotFound
            If the program is not there, has no license or no such instrument.
        """
        host, port = place.host_and_port(HOST, PORT)
        client = self.requires.load(self.name, "otii_tcp_client.otii_client")
        return Otii(host, port, place.options_as(OtiiOptions), client)
