"""``edgebench profile``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgebench.cli.options.firmware import optimize_option
from edgebench.errors import UsageError

ON_A_BOARD = ("device", "inferences", "optimize")
HERE = ("runtime", "threads", "resolver", "rounds")


@click.command("profile", short_help="What each layer costs, here or on a board.")
@click.argument("model")
@click.option(
    "--board", metavar="B", help="A board's card (`list boards`) instead of this machine."
)
@click.option("--device", metavar="PORT", help="A real board's port: it is flashed first.")
@click.option("--inferences", type=click.IntRange(1, 100_000), default=20, show_default=True)
@optimize_option
@click.option("--runtime", metavar="NAME", help="Here: litert or tflite-runtime.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Here.")
@click.option(
    "--resolver",
    type=click.Choice(["default", "reference", "no-delegate"]),
    default="default",
    show_default=True,
    help="Here: the runtime's kernels.",
)
@click.option(
    "--rounds",
    type=click.IntRange(3, 10_000),
    default=30,
    show_default=True,
    help="Here: how often each op has its turn.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="RUN_DIR",
    help="Put it into this run directory too: its report shows it.",
)
@click.pass_context
def command(
    ctx: click.Context, /, model: str, board: str | None, into: Path | None, **options: Any
) -> None:
    """Say what each layer of MODEL costs.

    On this machine the model is cut after each op, and an op costs what it adds. With --board
    the firmware of an int8 MODEL is run with each layer timed; on an emulated board the figures
    are instructions: no emulator here models a pipeline.
    """
    from edgebench import api
    from edgebench.cli.tables.firmware import print_profile
    from edgebench.cli.tables.layers import print_layers
    from edgebench.rundir.layers import Layers

    other, place = (HERE, "this machine") if board else (ON_A_BOARD, "a board (--board)")
    for name in other:
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise UsageError(f"--{name} is for {place}")
    found = _profile(api, model, board, into, {k: v for k, v in options.items() if k not in other})
    if isinstance(found, Layers):
        print_layers(found)
    else:
        print_profile(found)


def _profile(
    api: Any, model: str, board: str | None, into: Path | None, options: dict[str, Any]
) -> Any:
    if board is not None:
        return api.profile(model, board, into=into, **options)
    from edgebench.cli.progress import shown_progress
    from edgebench.sut.contract import SutOptions

    settings = SutOptions(threads=options["threads"], resolver=options["resolver"])
    with shown_progress() as progress:
        return api.profile(
            model,
            into=into,
            runtime=options["runtime"],
            options=settings,
            rounds=options["rounds"],
            progress=progress,
        )
