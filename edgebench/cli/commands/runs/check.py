"""``edgebench check``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo

SHOWN_ERRORS = 20


@click.command("check", short_help="A submission tree against the rules.")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--round", "version", metavar="V", help="The round.  [default: by the tree]")
@click.option(
    "--official-checkout",
    "official",
    type=click.Path(path_type=Path, exists=True),
    metavar="CHECKOUT",
    help="Also run the official checker of this checkout of mlcommons/inference or tiny.",
)
@click.option(
    "--official-python",
    "python",
    type=click.Path(path_type=Path, exists=True),
    metavar="PYTHON",
    help="The interpreter that it runs in (it imports pandas and others).",
)
@click.option(
    "--official-option",
    "options",
    multiple=True,
    metavar="OPTION",
    help="Handed to it: --skip-dataset-size-check. May be given several times.",
)
@json_option
def command(
    tree: Path,
    version: str | None,
    official: Path | None,
    python: Path | None,
    options: tuple[str, ...],
) -> int:
    """Check a submission TREE, of MLPerf Inference or MLPerf Tiny.

    Stricter than the official checkers where they are lax: an INVALID result fails, windows are
    counted and timed, a summary must say what its detail log says, a whole accuracy log is
    hashed. Ends with 1 if anything keeps the tree out.
    """
    from edgebench import api

    checked = api.check(tree, version=version, official=official, python=python, options=options)
    if wrote_json(checked):
        return int(not checked.passed)
    for each in checked.findings:
        colour = "red" if each.severity == "error" else "yellow"
        click.secho(f"{each.severity}: ", fg=colour, nl=False)
        echo(f"{each.where}: {each.text}")
    verdict = checked.official
    if verdict is not None:
        for line in verdict.errors[:SHOWN_ERRORS]:
            echo(f"official: {line}")
        echo(f"official checker: {verdict.summary}")
    errors = sum(each.severity == "error" for each in checked.findings)
    word = "passed" if checked.passed else "NOT fit to be submitted"
    echo(
        f"{tree}: {checked.kind} {checked.version}, {len(checked.results)} results, {errors} "
        f"errors, {len(checked.findings) - errors} warnings: {word}"
    )
    return int(not checked.passed)
