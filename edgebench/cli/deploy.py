"""``edgebench deploy``."""

from __future__ import annotations

import click


@click.command("deploy", short_help="Compile a model into firmware and start it.")
@click.argument("model")
@click.option("--board", required=True, metavar="B", help="A board's card (`list boards`).")
def command(model: str, board: str) -> None:
    """Compile an int8 MODEL into firmware for a board, boot it, and wait for `name%`.

    Boards whose card names an emulator are booted in it.
    """
    from edgebench import api

    found = api.deploy(model, board, told=lambda text: click.echo(text, err=True))
    image, identity = found.image, found.identity
    click.echo(f"{found.model.label} on {board}: {image.path}")
    click.echo(
        f"code {image.text_bytes:,} bytes, constants {image.rodata_bytes:,}, RAM "
        f"{image.ram_bytes:,} (of which {image.arena_bytes:,} are activations), without the stack"
    )
    click.echo(f"{identity.name} answers: model {identity.model}, {identity.profile}")
    click.echo(f"measure it: edgebench run {model} --board {board}")
