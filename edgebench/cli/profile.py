"""``edgebench profile``."""

from __future__ import annotations

import click

from edgebench.cli.firmware_options import optimize_option


@click.command("profile", short_help="What each layer costs on a board.")
@click.argument("model")
@click.option("--board", required=True, metavar="B", help="A board's card (`list boards`).")
@click.option("--device", metavar="PORT", help="A real board's port: it is flashed first.")
@click.option("--inferences", type=click.IntRange(1, 100_000), default=20, show_default=True)
@optimize_option
def command(model: str, board: str, device: str | None, inferences: int, optimize: str) -> None:
    """Run an int8 MODEL's firmware on a board with each layer timed.

    On an emulated board the figures are instructions: no emulator here models a pipeline.
    """
    from edgebench import api
    from edgebench.cli.firmware_tables import print_profile

    print_profile(
        api.profile(model, board, device=device, inferences=inferences, optimize=optimize)
    )
