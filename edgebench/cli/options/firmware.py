"""Options that commands about firmware share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from edgebench.firmware.optimize import BALANCED, OPTIMIZE

optimize_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--optimize",
    type=click.Choice(OPTIMIZE),
    default=BALANCED,
    show_default=True,
    help="Flash against speed: portable kernels alone; the processor's; with widened weights.",
)
benchmark_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--benchmark",
    type=click.Choice(["kws01", "ic01", "vww01", "ad01"]),
    help="MLPerf Tiny's benchmark: take what MLCommons' runner sends for it.",
)
