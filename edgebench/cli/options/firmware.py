"""Options that commands about firmware share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from edgebench.firmware.external.contract import OWN
from edgebench.firmware.optimize import BALANCED, OPTIMIZE
from edgebench.mlperf.tiny.inputs import TINY_INPUTS, TinyBenchmark
from edgebench.mlperf.tiny.names import DEVICE_MODELS

optimize_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--optimize",
    type=click.Choice(OPTIMIZE),
    default=BALANCED,
    show_default=True,
    help="Flash against speed: portable kernels alone; the processor's; with widened weights.",
)
engine_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--engine",
    default=OWN,
    show_default=True,
    metavar="ENGINE",
    help="What computes the network: edgebench's kernels, or c:DIR, a folder with another engine.",
)
SHORT_BENCHMARKS: dict[str, TinyBenchmark] = {DEVICE_MODELS[name]: name for name in TINY_INPUTS}
"""``ic2`` for ``ic02`` and so on."""

benchmark_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--benchmark",
    type=click.Choice([*TINY_INPUTS, *SHORT_BENCHMARKS]),
    callback=lambda _context, _parameter, name: SHORT_BENCHMARKS.get(name, name),
    metavar=f"[{'|'.join(TINY_INPUTS)}]",
    help="MLPerf Tiny's benchmark: take what MLCommons' runner sends for it.",
)
