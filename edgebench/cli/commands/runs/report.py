"""``edgebench report``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo
from edgebench.harness.request_defaults import DEFAULT_OUT


@click.command("report", short_help="One page about runs, to look at and to send.")
@click.argument("run_dirs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
)
@json_option
@click.option("--title", default="", metavar="TEXT", help="Of the page.")
def command(run_dirs: tuple[Path, ...], out: Path, title: str) -> None:
    """Write a page about runs: plots, the conclusion first, all facts below.

    RUN_DIRS are run directories, or folders that hold them at any depth.  [default:
    edgebench-runs] The page needs no network; its table can be
    sorted and filtered, and it prints.
    """
    from edgebench import api

    page = api.report(run_dirs or DEFAULT_OUT, out=out, title=title)
    if not wrote_json({"page": page}):
        echo(f"report: {page}")
