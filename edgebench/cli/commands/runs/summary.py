"""``edgebench summary``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.output import echo
from edgebench.harness.request_defaults import DEFAULT_OUT


@click.command("summary", short_help="The table of runs that are done.")
@click.argument("run_dirs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="A list of objects instead of the table.")
@click.option("--csv", "form", flag_value="csv", help="One line per run instead of the table.")
@click.option("--markdown", "form", flag_value="markdown", help="A table for a README on GitHub.")
def command(run_dirs: tuple[Path, ...], form: str | None) -> int:
    """Show runs again.

    RUN_DIRS are run directories, or folders that hold them at any depth.  [default:
    edgebench-runs]
    """
    from edgebench import api
    from edgebench.results.export import to_csv, to_json, to_markdown
    from edgebench.results.summary.columns import COLUMNS, flat
    from edgebench.results.summary.texts import markdown_rows

    summary = api.summarize(run_dirs or DEFAULT_OUT)
    if form == "json":
        echo(to_json(summary.rows))
    elif form == "csv":
        echo(to_csv(map(flat, summary.rows), COLUMNS), nl=False)
    elif form == "markdown":
        echo(to_markdown(markdown_rows(summary.rows)), nl=False)
    else:
        from edgebench.cli.tables.runs.runs import print_summary

        print_summary(summary)
    for error in summary.errors:
        echo(f"edgebench: {error}", err=True)
    return 1 if summary.errors else 0
