"""``edgebench history``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo
from edgebench.harness.request_defaults import DEFAULT_OUT


@click.command("history", short_help="How results of the same settings changed over time.")
@click.argument("run_dirs", nargs=-1, type=click.Path(path_type=Path))
@json_option
def command(run_dirs: tuple[Path, ...]) -> int:
    """Show how results of the same settings changed over time: one line per metric.

    RUN_DIRS are run directories, or folders that hold them at any depth.  [default:
    edgebench-runs] Runs of the same model, scenario, settings and machine make a line. A change
    point is where `edgebench compare` calls the runs after it faster or slower than those before;
    what else changed there (a version, a kernel, the model's file) is named.
    """
    from edgebench import api
    from edgebench.cli.tables.runs.history import print_history

    history = api.history(run_dirs or DEFAULT_OUT)
    if not wrote_json(history):
        print_history(history)
    for error in history.errors:
        echo(f"edgebench: {error}", err=True)
    return 1 if history.errors else 0
