"""``edgebench make``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.json_output import is_json, json_option, wrote_json
from edgebench.cli.output import echo


@click.command("make", short_help="A recommendation model with larger tables.")
@click.argument("model")
@click.option("--rows", type=click.IntRange(min=1), help="Of each embedding table.")
@click.option(
    "--beyond-cache",
    is_flag=True,
    help="Until the lookups touch twice this machine's last-level cache: more rows, more samples.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where models/NAME and datasets/NAME are made.  [default: where edgebench looks for cards "
    "of yours]",
)
@json_option
def command(model: str, rows: int | None, beyond_cache: bool, out: Path | None) -> None:
    """Make a recommendation model of the zoo with tables of another size.

    The rows are the small model's, repeated: it answers the same task with the same AUC.
    MODEL:VARIANT makes one variant only. It is run by its name, such as rm2-edge-r16384.
    """
    from edgebench import api

    made = api.make_larger(
        model,
        rows=rows,
        beyond_cache=beyond_cache,
        out=out,
        on_event=lambda text: echo(text, err=is_json()),
    )
    if wrote_json(made):
        return
    for each in made.variants:
        echo(
            f"{made.name}:{each.variant}  {each.size_bytes:,} bytes  AUC {each.auc:.4f}  "
            f"{made.samples:,} samples touch {each.touched_lines:,} cache lines "
            f"({each.touched_bytes / 2**20:.1f} MiB)"
        )
    where = "" if out is None else f"EDGEBENCH_PATH={out} "
    echo(f"in {made.folder}; run it: {where}edgebench run {made.name}")
