"""``edgebench show``."""

from __future__ import annotations

from typing import Any

import click

from edgebench.cli.options.model import measured_options
from edgebench.cli.output import echo


@click.command("show", short_help="What is in a model.")
@click.argument("model")
@measured_options
@click.option("--tensors", is_flag=True, help="Show every tensor as well.")
@click.option("--json", "as_json", is_flag=True, help="An object instead of tables.")
def command(model: str, tensors: bool, as_json: bool, **options: Any) -> None:
    """Show a model's card, inputs, outputs, ops, MACs and bytes.

    MODEL is a card's name, a name and a variant, or a .tflite file. Nothing is run, but for a
    model that leaves the shape of an input open: with --shape, once at that shape.
    """
    from edgebench import api
    from edgebench.firmware.reading.network import why_not_compiled

    shown = api.show(model, **options)
    why_not = why_not_compiled(shown)
    if as_json:
        from edgebench.models.describe import to_json

        echo(to_json(shown, why_not))
    else:
        from edgebench.cli.tables.models.models import print_model

        print_model(shown, why_not, tensors=tensors)
