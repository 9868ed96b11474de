"""``edgebench show``."""

from __future__ import annotations

import click


@click.command("show", short_help="What is in a model.")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="An object instead of tables.")
def command(model: str, as_json: bool) -> None:
    """Show a model's card, tensors, ops, MACs and bytes. Nothing is run.

    MODEL is a card's name, a name and a variant, or a .tflite file.
    """
    from edgebench import api

    shown = api.show(model)
    if as_json:
        from edgebench.models.tflite.describe import to_json

        click.echo(to_json(shown))
    else:
        from edgebench.cli.tables.models.models import print_model

        print_model(shown)
