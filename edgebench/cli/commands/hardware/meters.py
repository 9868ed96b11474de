"""``edgebench meters``."""

from __future__ import annotations

import dataclasses

import click

from edgebench.cli.error_text import with_options
from edgebench.cli.json_output import json_option, wrote_json


@click.command("meters", short_help="Which power meters are here, and what to do about the rest.")
@json_option
def command() -> None:
    """List the power meters that can be read here, what each reads now, and what to do about those
    that can't be read. `edgebench run --power NAME` uses one.
    """
    from edgebench import api
    from edgebench.cli.commands.runs.run import command as run
    from edgebench.cli.tables.hardware.power import print_meters

    found = [
        dataclasses.replace(
            each, what=with_options(each.what, run), advice=with_options(each.advice, run)
        )
        for each in api.meters()
    ]
    if not wrote_json(found):
        print_meters(found)
