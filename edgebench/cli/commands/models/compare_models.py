"""``edgebench compare-models``."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from edgebench.cli.options.model import measured_options
from edgebench.cli.output import echo


@click.command("compare-models", short_help="Two models on the same inputs.")
@click.argument("first")
@click.argument("second")
@measured_options
@click.option("--dataset", metavar="D", help="A card or a path.  [default: random inputs]")
@click.option("--json", "as_json", is_flag=True, help="An object instead of tables.")
def command(first: str, second: str, as_json: bool, **options: Any) -> None:
    """Compare SECOND's outputs with FIRST's: in all, and layer by layer where they diverge."""
    from edgebench import api
    from edgebench.text.json_text import json_text

    found = api.compare_models(first, second, **options)
    if as_json:
        # The SNR of equal outputs is infinite.
        echo(json_text(dataclasses.asdict(found)))
        return
    from edgebench.cli.tables.models.compare_models import print_comparison

    print_comparison(found, (first, second))
