"""``edgebench doctor``."""

from __future__ import annotations

import dataclasses

import click

from edgebench.cli.error_text import with_options
from edgebench.cli.output import echo, new_console

MARKS = {
    "ok": "[green]ok[/green]",
    "note": "[dim]-[/dim]",
    "warning": "[yellow]![/yellow]",
    "missing": "[bold red]missing[/bold red]",
}


@click.command("doctor", short_help="What works on this machine.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects instead of the table.")
def command(as_json: bool) -> int:
    """Look at runtimes, LoadGen, the machine's state, serial ports, toolchains and meters.

    Exits with 1 if something is missing that `edgebench run` needs.
    """
    from edgebench import api
    from edgebench.cli.commands.runs.run import command as run
    from edgebench.text.json_text import json_text

    findings = [
        dataclasses.replace(
            each, detail=with_options(each.detail, run), advice=with_options(each.advice, run)
        )
        for each in api.doctor()
    ]
    if as_json:
        echo(json_text([dataclasses.asdict(each) for each in findings]))
    else:
        from rich.markup import escape
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        area = ""
        for each in findings:
            if each.area != area:
                area = each.area
                table.add_row("", f"[bold]{area}[/bold]", "")
            advice = f"\n[cyan]{escape(each.advice)}[/cyan]" if each.advice else ""
            table.add_row(MARKS[each.status], escape(each.name), escape(each.detail) + advice)
        new_console().print(table)
    return 1 if any(each.status == "missing" for each in findings) else 0
