"""``edgebench pull``."""

from __future__ import annotations

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo


@click.command("pull", short_help="Fetch models and data, checked by their hash.")
@click.argument("name", required=False)
@click.option(
    "--mirror", metavar="URL|DIR", help="A copy of the files, instead of their own place."
)
@click.option(
    "--source",
    "source",
    metavar="FILE|DIR",
    help="Your archive or folder, which the benchmark's data are made from.",
)
@json_option
def command(name: str | None, mirror: str | None, source: str | None) -> None:
    """Fetch reference models and data that don't ship with edgebench.

    Without NAME, list what there is. Every file has a pinned SHA-256 and is checked before it
    is used; what is in the cache already is not fetched again. Data whose licence allows no copies
    are made from --source, a file of yours, by MLPerf Tiny's rules.
    """
    from edgebench import api

    if name is None:
        packages = api.list_pullable()
        if wrote_json(packages):
            return
        for package in packages.values():
            size = sum(file.size_bytes for file in package.files)
            what = f"{len(package.files)} files, {size:,} bytes" if package.files else "made here"
            echo(f"{package.name}: {package.summary} ({what})")
        return
    pulled = api.pull(
        name, mirror=mirror, source=source, on_event=lambda text: echo(text, err=True)
    )
    if wrote_json(pulled):
        return
    was = f"{pulled.fetched} files fetched" if pulled.fetched else "all of it was there"
    if pulled.package.made_here:
        echo(f"{pulled.folder}: {f'{pulled.made} files made' if pulled.made else was}")
        return
    echo(f"{pulled.folder}: {was}, {len(pulled.package.files)} checked")
    if pulled.made:
        echo(f"{pulled.data}: {pulled.made:,} samples made")
    data = f" --dataset {pulled.data}" if pulled.data else ""
    for file in pulled.package.files:
        if file.path.endswith(".tflite"):
            echo(f"  edgebench run {pulled.folder / file.path}{data}")
    if pulled.wants:
        echo(f"its data are made from {pulled.wants}: edgebench pull {name} --source FILE")
