"""``edgebench pull``."""

from __future__ import annotations

import click

from edgebench.cli.output import echo


@click.command("pull", short_help="Fetch models and data, checked by their hash.")
@click.argument("name", required=False)
@click.option(
    "--mirror", metavar="URL|DIR", help="A copy of the files, instead of their own place."
)
def command(name: str | None, mirror: str | None) -> None:
    """Fetch reference models and data that don't ship with edgebench.

    Without NAME, list what there is. Every file has a pinned SHA-256 and is checked before it
    is used; what is in the cache already is not fetched again.
    """
    from edgebench import api

    if name is None:
        for package in api.list_pullable().values():
            size = sum(file.size_bytes for file in package.files)
            echo(f"{package.name}: {package.summary} ({len(package.files)} files, {size:,} bytes)")
        return
    pulled = api.pull(name, mirror=mirror, on_event=lambda text: echo(text, err=True))
    was = f"{pulled.fetched} files fetched" if pulled.fetched else "all of it was there"
    echo(f"{pulled.folder}: {was}, {len(pulled.package.files)} checked")
    data = f" --dataset {pulled.folder / pulled.package.labels}" if pulled.package.labels else ""
    for file in pulled.package.files:
        if file.path.endswith(".tflite"):
            echo(f"  edgebench run {pulled.folder / file.path}{data}")
