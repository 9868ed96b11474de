"""``edgebench size``."""

from __future__ import annotations

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.firmware import optimize_option
from edgebench.cli.options.model import signature_option, until_option
from edgebench.firmware.optimize import Optimize


@click.command("size", short_help="Flash and RAM of a model on a board, before anything is built.")
@click.argument("model")
@click.option("--board", required=True, metavar="B", help="A board's card (`list boards`).")
@signature_option
@until_option
@optimize_option
@click.option(
    "--estimate",
    is_flag=True,
    help="Estimate the time of an inference, too; needs the toolchain and QEMU.",
)
@json_option
def command(
    model: str,
    board: str,
    signature: str | None,
    until: str | None,
    optimize: Optimize,
    estimate: bool,
) -> int:
    """Say per layer what an int8 MODEL takes of a board's flash and RAM, and whether it fits.

    Needs no toolchain. Constants and activations are exact; code and stack are estimates from
    measured builds, on the safe side. Exits with 1 where it does not fit.

    With --estimate the firmware is built and executed by QEMU, which counts its instructions: the
    time that they would take on the board, with an interval. No board is needed.
    """
    from edgebench import api
    from edgebench.cli.json_views import size_view
    from edgebench.cli.tables.models.firmware import print_sizes

    found = api.size(
        model, board, optimize=optimize, signature=signature, until=until, estimate=estimate
    )
    if not wrote_json(size_view(found)):
        print_sizes(found)
    return 0 if found.fits else 1
