"""``edgebench emulate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgebench.cli.options.device import baud_option
from edgebench.cli.options.firmware import benchmark_option, engine_option
from edgebench.cli.output import echo

if TYPE_CHECKING:
    from edgebench.mlperf.tiny.inputs import TinyBenchmark


@click.command("emulate", short_help="Leave an emulated device's port open for any program.")
@click.argument("model")
@click.option("--board", metavar="B", help="Boot its image in the emulator that its card names.")
@benchmark_option
@engine_option
@baud_option
@click.option("--inject", multiple=True, metavar="FAULT=VALUE", help="A fault on its line.")
@click.option(
    "--extensions/--no-extensions",
    default=True,
    show_default=True,
    help="Whether it has edgebench's own commands.",
)
@click.option(
    "--port-link",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="A second name for the port.",
)
@click.option(
    "--audio",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="What a device that listens hears: 16-bit samples, or an interface board's socket; with "
    "--board, a socket.",
)
def command(
    model: str,
    board: str | None,
    benchmark: TinyBenchmark | None,
    engine: str,
    baud: int,
    inject: tuple[str, ...],
    extensions: bool,
    port_link: Path | None,
    audio: Path | None,
) -> None:
    """Start firmware with a MODEL in it, print its serial port, and stay until Ctrl-C.

    Without --board the firmware is a program of this machine. The first line of the output is the
    port alone; any program may open it, close it, and come back.
    """
    from edgebench import api
    from edgebench.processes.interruptions import interruptible

    with (
        interruptible(lambda: "The device has been stopped"),
        api.emulate(
            model,
            board=board,
            benchmark=benchmark,
            engine=engine,
            baud=baud,
            inject=inject,
            extensions=extensions,
            port_link=port_link,
            audio=audio,
        ) as device,
    ):
        echo(device.port)
        echo(
            f"{device.identity.name} with {device.identity.model} answers at {baud} baud"
            + (f", also as {port_link}" if port_link else "")
            + "; Ctrl-C ends it",
            err=True,
        )
        device.wait()
