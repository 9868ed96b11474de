"""``edgebench reduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.declared import declared_options
from edgebench.cli.output import echo
from edgebench.training.reduction import Reduction


@click.command("reduce", short_help="Train a smaller sibling of a model.")
@click.argument("model")
@declared_options(Reduction)
@click.option(
    "--all",
    "sweep",
    is_flag=True,
    help="Several of them, with a Pareto table and plot.",
)
@click.option(
    "--train",
    "training_data",
    type=click.Path(path_type=Path),
    metavar="NPZ",
    help="What datasets/*/make.py writes.  [default: made, and kept in the cache]",
)
@click.option("--epochs", type=int, help="Of the first training.  [default: the script's]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reduced"),
    show_default=True,
    help="Where models/NAME is made, with a card.",
)
@json_option
def command(
    model: str,
    sweep: bool,
    training_data: Path | None,
    epochs: int | None,
    out: Path,
    **reduction: Any,
) -> None:
    """Train a smaller sibling of a model of the zoo; needs the [train] extra.

    The siblings can be run by name with EDGEBENCH_PATH set to --out.
    """
    from edgebench import api
    from edgebench.cli.tables.models.pareto import print_siblings

    made = api.reduce(
        model,
        **reduction,
        sweep=sweep,
        training_data=training_data,
        epochs=epochs,
        out=out,
        on_event=lambda text: echo(text, err=True),
    )
    if wrote_json(made):
        return
    print_siblings([*made.reference, *made.siblings])
    if made.table is not None and made.plot is not None:
        echo(f"written to {made.table} and {made.plot.name}")
    echo(f"run them by name: EDGEBENCH_PATH={out} edgebench run NAME")
