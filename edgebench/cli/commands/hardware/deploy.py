"""``edgebench deploy``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.firmware import (
    benchmark_option,
    engine_arguments,
    engine_option,
    optimize_option,
)
from edgebench.cli.options.groups import (
    DEVICE,
    OUTPUT,
    WHAT,
    Decorator,
    GroupedCommand,
    grouped_options,
)
from edgebench.cli.options.model import signature_option, until_option
from edgebench.cli.output import echo
from edgebench.firmware.export_kind import ExportKind
from edgebench.firmware.external.contract import OWN

if TYPE_CHECKING:
    from edgebench.firmware.optimize import Optimize
    from edgebench.harness.devices.deploy import Deployed
    from edgebench.mlperf.tiny.inputs import TinyBenchmark


GROUPS: Mapping[str, Sequence[Decorator]] = {
    WHAT: (signature_option, until_option, optimize_option, benchmark_option, engine_option),
    DEVICE: (
        click.option("--board", metavar="B", help="A board's card (`edgebench list boards`)."),
        click.option("--flash", is_flag=True, help="Write the firmware to the real board."),
        click.option("--flasher", metavar="NAME", help="With which program of the board's card."),
        click.option(
            "--device", metavar="PORT", help="The board's serial port, where USB ids don't tell."
        ),
    ),
    OUTPUT: (
        click.option(
            "--export",
            type=click.Choice(get_args(ExportKind)),
            help="Write a project for your own tree.",
        ),
        click.option("--name", metavar="NAME", help="The network's C name in the project."),
        click.option("--out", type=click.Path(file_okay=False), help="Where the project goes."),
        json_option,
    ),
}


@click.command(
    "deploy",
    cls=GroupedCommand,
    short_help="Compile a model into firmware and start it.",
    examples=(
        ("edgebench deploy kws-ds-cnn --board mps2-an386", "built, and started in an emulator"),
        ("edgebench deploy kws-ds-cnn --board nrf52840-dk --flash", "written to a real board"),
        ("edgebench deploy kws-ds-cnn --export cmake --out kws", "C for your own project"),
    ),
)
@click.argument("model")
@grouped_options(GROUPS)
def command(
    model: str,
    board: str | None,
    flash: bool,
    flasher: str | None,
    device: str | None,
    signature: str | None,
    until: str | None,
    optimize: Optimize,
    benchmark: TinyBenchmark | None,
    engine: str,
    export: ExportKind | None,
    name: str | None,
    out: str | None,
) -> None:
    """Compile an int8 MODEL into firmware for a board, start it, and wait for `name%`.

    Boards whose card names an emulator are booted in it; with --flash the image is written to the
    real board. An export writes the C into a project of yours instead: a board then only selects
    the kernels (portable C without one). All names in it begin with the name that is given, so
    that several exports link into one program.
    """
    from edgebench import api
    from edgebench.cli.json_views import deploy_view
    from edgebench.errors import UsageError

    if export is not None:
        if engine != OWN:
            raise UsageError("--export writes edgebench's own kernels: leave --engine out")
        if out is None:
            raise UsageError("--export needs --out DIR: where the project goes")
        made = api.export(
            model,
            export,
            out=out,
            board=board,
            optimize=optimize,
            name=name,
            signature=signature,
            until=until,
        )
        if wrote_json(made):
            return
        echo(
            f"{len(made.files)} files of a {export} project in {made.folder}, with "
            f"{made.name}_invoke() in {made.name}.h; its README.md says how to build it"
        )
        if made.note:
            echo(made.note, err=True)
        return
    if board is None:
        raise UsageError("name a board (--board B), or a project to write (--export KIND)")
    found = api.deploy(
        model,
        board,
        flash=flash,
        flasher=flasher,
        device=device,
        optimize=optimize,
        benchmark=benchmark,
        signature=signature,
        until=until,
        engine=engine,
        on_event=lambda text: echo(text, err=True),
    )
    chosen = [model]
    chosen += ["--signature", signature] if signature else []
    chosen += ["--until", until] if until else []
    chosen += [] if found.port else engine_arguments(engine)
    if not wrote_json(deploy_view(found)):
        _print(found, board, chosen)


def _print(found: Deployed, board: str, chosen: Sequence[str]) -> None:
    """Print the image, the device that answers, and the command that measures it.

    Parameters
    ----------
    chosen
        The arguments of that command that choose what is run.
    """
    from edgebench.results.formatting import estimate_text

    image, identity = found.image, found.identity
    by = "" if image.engine == OWN else f" by {image.engine}"
    arena = image.arena_bytes
    activations = "" if arena is None else f" (of which {arena:,} are activations)"
    unbounded = "not known" if by else "no bound"
    stack = unbounded if image.stack_bytes is None else f"at most {image.stack_bytes:,}"
    echo(f"{found.model.label} on {board}{by}: {image.path}")
    echo(
        f"code {image.text_bytes:,} bytes, constants {image.rodata_bytes:,}, RAM "
        f"{image.ram_bytes:,}{activations}, stack {stack}"
    )
    if identity is None:
        echo(f"built, not started: nothing emulates {board}; write it to the board: --flash")
        return
    echo(f"{identity.name} answers: model {identity.model}, {identity.profile}")
    if identity.arena_bytes is not None:
        echo(f"{image.engine} uses {identity.arena_bytes:,} bytes of its arena, which is larger")
    if image.streams and not found.port:
        echo("it listens; with a recording: edgebench rehearse tiny --benchmarks sww")
        return
    if found.measured_us is not None:
        echo(f"measured on the board: {found.measured_us / 1e3:.4g} ms per inference")
    if found.estimate is not None:
        echo(estimate_text(found.estimate.record()))
    how = ["--device", found.port] if found.port else ["--board", board]
    listening = " --interface PORT --stream RECORDING" if image.streams else ""
    echo(f"measure it: edgebench run {shlex.join([*chosen, *how])}{listening}")
