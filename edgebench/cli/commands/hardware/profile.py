"""``edgebench profile``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.firmware import optimize_option
from edgebench.cli.options.given_options import given_options
from edgebench.cli.options.groups import (
    DATA,
    DEVICE,
    OUTPUT,
    WHAT,
    Decorator,
    GroupedCommand,
    grouped_options,
)
from edgebench.cli.options.model import measured_options, until_option
from edgebench.cli.options.runtime import settings_options

if TYPE_CHECKING:
    from edgebench.harness.devices.costs.profile import Profile
    from edgebench.rundir.contents.layers import Layers


GROUPS: Mapping[str, Sequence[Decorator]] = {
    WHAT: (measured_options, until_option, settings_options("runtime", "threads", "resolver")),
    DATA: (
        click.option(
            "--dataset", metavar="D", help="Here: whose samples are run in turn.  [default: random]"
        ),
    ),
    "Trials": (
        click.option(
            "--rounds",
            type=click.IntRange(3, 10_000),
            default=30,
            show_default=True,
            help="Here: how often each op has its turn.",
        ),
        click.option(
            "--inferences",
            type=click.IntRange(1, 100_000),
            default=20,
            show_default=True,
            help="On a board: how many are timed.",
        ),
    ),
    DEVICE: (
        click.option(
            "--board", metavar="B", help="A board's card (`list boards`) instead of this machine."
        ),
        click.option("--device", metavar="PORT", help="A real board's port: it is flashed first."),
        optimize_option,
    ),
    OUTPUT: (
        click.option(
            "--into",
            type=click.Path(path_type=Path, file_okay=False),
            metavar="RUN_DIR",
            help="Put it into this run directory too: its report shows it.",
        ),
        json_option,
    ),
}


@click.command(
    "profile",
    cls=GroupedCommand,
    short_help="What each layer costs, here or on a board.",
    examples=(
        ("edgebench profile kws-ds-cnn", "each op, on this machine"),
        ("edgebench profile kws-ds-cnn --board mps2-an386", "each layer, on a board"),
    ),
)
@click.argument("model")
@grouped_options(GROUPS)
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Say what each layer of MODEL costs.

    On this machine the model is cut after each op, and an op costs what it adds. With --board
    the firmware of an int8 MODEL is run with each layer timed; on an emulated board the figures
    are instructions: no emulator here models a pipeline.
    """
    from edgebench import api
    from edgebench.cli.progress import shown_progress
    from edgebench.cli.tables.models.firmware import print_profile
    from edgebench.cli.tables.models.layers import print_layers
    from edgebench.harness.devices.costs.profile import layers_of
    from edgebench.rundir.contents.layers import Layers

    found: Profile | Layers
    if options["board"] is not None:
        found = api.profile(**given_options(ctx))
    else:
        with shown_progress() as progress:
            found = api.profile(progress=progress, **given_options(ctx))
    if wrote_json(found if isinstance(found, Layers) else layers_of(found)):
        return
    if isinstance(found, Layers):
        print_layers(found)
    else:
        print_profile(found)
