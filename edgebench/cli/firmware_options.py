"""Options that commands about firmware share."""

from __future__ import annotations

import click

OPTIMIZE = ("size", "balanced", "speed")
optimize_option = click.option(
    "--optimize", type=click.Choice(OPTIMIZE), default="balanced", show_default=True,
    help="Flash against speed: portable kernels alone; the processor's; with widened weights.",
)  # fmt: skip
