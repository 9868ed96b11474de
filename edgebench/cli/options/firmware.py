"""Options that commands about firmware share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from edgebench.errors import UsageError
from edgebench.firmware.external.contract import OWN
from edgebench.firmware.external.find import REFERENCE, TFLM
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
COMMAND_LINE = ParameterSource.COMMANDLINE
TFLM_KEY = "edgebench.tflm"


def _keep_checkout(context: click.Context, _parameter: click.Parameter, folder: str | None) -> None:
    context.meta[TFLM_KEY] = folder


def _with_checkout(context: click.Context, _parameter: click.Parameter, engine: str) -> str:
    """Return an engine's text, with the checkout of an engine that comes as one."""
    folder = context.meta.get(TFLM_KEY)
    if f"{engine}:" not in (TFLM, REFERENCE):
        if folder is not None and context.get_parameter_source("tflm") is COMMAND_LINE:
            raise UsageError("--tflm is for --engine tflm, or tflm-reference")
        return engine
    if folder is None:
        raise UsageError(f"--engine {engine} needs --tflm DIR: your checkout of tflite-micro")
    return f"{engine}:{folder}"


def engine_arguments(engine: str) -> list[str]:
    """Return what to type for an engine; nothing for edgebench's own kernels.

    Examples
    --------
    >>> engine_arguments("tflm:/opt/tflite-micro")
    ['--engine', 'tflm', '--tflm', '/opt/tflite-micro']
    """
    if engine == OWN:
        return []
    kind, _, folder = engine.partition(":")
    if f"{kind}:" in (TFLM, REFERENCE):
        return ["--engine", kind, "--tflm", folder]
    return ["--engine", engine]


def engine_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--engine`` and ``--tflm`` to a command, which takes both as its ``engine``."""
    tflm = click.option(
        "--tflm",
        envvar="TFLM_DIR",
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=_keep_checkout,
        metavar="DIR",
        help="For --engine tflm: your checkout of tflite-micro.",
    )
    engine = click.option(
        "--engine",
        default=OWN,
        show_default=True,
        callback=_with_checkout,
        metavar="ENGINE",
        help="What computes the network: edgebench's kernels; c:DIR, a folder with another engine; "
        "tflm, with CMSIS-NN where that is there; or tflm-reference.",
    )
    return engine(tflm(command))


SHORT_BENCHMARKS: dict[str, TinyBenchmark] = {DEVICE_MODELS[name]: name for name in TINY_INPUTS}
"""``ic2`` for ``ic02`` and so on."""

benchmark_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--benchmark",
    type=click.Choice([*TINY_INPUTS, *SHORT_BENCHMARKS]),
    callback=lambda _context, _parameter, name: SHORT_BENCHMARKS.get(name, name),
    metavar=f"[{'|'.join(TINY_INPUTS)}]",
    help="MLPerf Tiny's benchmark: take what MLCommons' runner sends for it.",
)
