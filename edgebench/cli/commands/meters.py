"""``edgebench meters``."""

from __future__ import annotations

import click


@click.command("meters", short_help="Which power meters are here, and what to do about the rest.")
def command() -> None:
    """List the power meters that can be read here, what each reads now, and what to do about those
    that can't be read. `edgebench run --power NAME` uses one.
    """
    from edgebench import api
    from edgebench.cli.tables.power import print_meters

    print_meters(api.meters())
