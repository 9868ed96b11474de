"""``edgebench quantize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.model import measured_options
from edgebench.cli.output import echo
from edgebench.models.quantize.recipes import RECIPES

if TYPE_CHECKING:
    from edgebench.models.quantize.versions import Version


@click.command("quantize", short_help="Make smaller versions of a float model.")
@click.argument("model")
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    metavar="R",
    help=f"{', '.join(RECIPES)}; may be given several times.  [default: int8]",
)
@click.option("--all", "every", is_flag=True, help="Every recipe, side by side.")
@measured_options
@click.option("--calibrate", metavar="D", help="Data for calibration.  [default: --check's own]")
@click.option("--samples", type=int, default=200, show_default=True, help="To calibrate with.")
@click.option(
    "--clip",
    "clipping",
    default="auto",
    show_default=True,
    help="Ranges of activations: minmax, percentile, mse, or auto: the best on these samples.",
)
@click.option("--check", metavar="D", help="Data to score every version on.")
@click.option("--target", metavar="T", help="mcu: only what a microcontroller can run.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The .tflite to write, or a folder.  [default: MODEL_RECIPE.tflite here; with --all "
    "nothing is written]",
)
@json_option
def command(model: str, recipes: tuple[str, ...], every: bool, **options: Any) -> int:
    """Quantize a float .tflite (or a card's float variant) and prove what it costs.

    Needs the [quantize] extra. Ends with 1 if a version can't be made, answers wrongly on a
    runtime that is installed here, or runs on none of them.
    """
    from edgebench import api
    from edgebench.cli.json_views import quantize_view
    from edgebench.cli.tables.models.quantize import print_versions

    names = () if every else recipes or ("int8",)
    if options["out"] is None and not every:
        options["out"] = Path.cwd()
    found = api.quantize(
        model, recipes=names, **options, on_event=lambda text: echo(text, err=True)
    )
    if not wrote_json(quantize_view(found)):
        print_versions(found)
    return 1 if any(_is_useless(each) for each in found.versions) else 0


def _is_useless(version: Version) -> bool:
    """Whether a version answers wrongly somewhere, or runs on no runtime that is here."""
    if version.made is None:
        return True
    return any(check.is_wrong for check in version.checks) or (
        bool(version.checks) and all(check.problem for check in version.checks)
    )
