"""``edgebench devices``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from edgebench.cli.error_text import in_options
from edgebench.cli.options.device import reset_option
from edgebench.cli.output import echo

if TYPE_CHECKING:
    from edgebench.device.options import Reset
    from edgebench.device.probe import PortFinding


@click.command("devices", short_help="Which serial ports there are, and who answers.")
@click.argument("ports", nargs=-1)
@click.option(
    "--baud",
    "rates",
    type=int,
    multiple=True,
    help="A rate to try; may be given several times.  [default: the usual ones]",
)
@reset_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(ports: tuple[str, ...], rates: tuple[int, ...], reset: Reset, as_json: bool) -> int:
    """Ask every serial port (or PORTS) who is there, and say what to do when nobody is.

    Every port is asked, whatever its vendor; a port may also be a URL: socket://host:port,
    rfc2217://host:port. A board that opening resets is waited for.
    """

    from edgebench import api
    from edgebench.cli.tables.hardware.devices import print_ports
    from edgebench.text.json_text import json_text

    asked = api.devices(
        ports or None,
        rates=rates or None,
        reset=reset,
        on_event=lambda text: echo(text, err=True),
    )
    found = [dataclasses.replace(each, advice=in_options(each.advice)) for each in asked]
    if as_json:
        echo(json_text([_plain(each) for each in found]))
    else:
        print_ports(found)
    return 0 if any(each.identity for each in found) else 1


def _plain(found: PortFinding) -> dict[str, object]:
    """Return a finding as JSON's own types."""
    identity = found.identity
    plain: dict[str, object] = {
        "port": found.port,
        "description": found.description,
        "baud": found.baud,
        "advice": found.advice,
        "identity": None,
    }
    if identity is not None:
        extensions = identity.extensions
        plain["identity"] = {
            "name": identity.name,
            "profile": identity.profile,
            "model": identity.model,
            "extensions": None if extensions is None else dict(extensions.values),
        }
    return plain
