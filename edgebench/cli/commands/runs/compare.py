"""``edgebench compare``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgebench.cli.options.groups import OUTPUT, Decorator, GroupedCommand, grouped_options
from edgebench.cli.output import echo
from edgebench.errors import UsageError
from edgebench.mlperf.published import MOST_PUBLISHED
from edgebench.mlperf.scenarios import SCENARIOS

if TYPE_CHECKING:
    from edgebench.results.comparison.compare_runs import RunChange


def share(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Turn ``5%`` or ``0.05`` into 0.05."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)\s*(%?)", value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is no share such as 5% or 0.05")
    number, is_percent = float(match[1]), bool(match[2])
    if number >= 1 and not is_percent:
        raise click.BadParameter(f"{value!r} would be {number:.0%}; write {number:g}% or 0.05")
    if number >= 100:
        raise click.BadParameter(f"{value!r} would pass whatever it costs; write 5% or 0.05")
    return number / (100 if is_percent else 1)


GROUPS: Mapping[str, Sequence[Decorator]] = {
    "Published results": (
        click.option(
            "--with",
            "others",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Published results (summary_results.json, summary.csv), or any folder of MLPerf "
            "logs.",
        ),
        click.option(
            "--round", "round_", default="", metavar="V", help="Of this round, such as v5.1."
        ),
        click.option(
            "--category",
            type=click.Choice(["closed", "open"]),
            default=None,
            help="Of this division of MLPerf.",
        ),
        click.option(
            "--suite",
            type=click.Choice(["edge", "datacenter"]),
            default=None,
            help="Of this suite of MLPerf Inference.",
        ),
        click.option(
            "--scenario",
            "scenarios",
            multiple=True,
            type=click.Choice(list(SCENARIOS)),
            help="[default: those of RUNS]",
        ),
        click.option("--system", default="", metavar="TEXT", help="In a system's name."),
        click.option("--model", default="", metavar="TEXT", help="In a model's name."),
        click.option("--with-power", is_flag=True, help="Only those with power."),
        click.option(
            "--limit",
            type=click.IntRange(0),
            default=MOST_PUBLISHED,
            show_default=True,
            help="The best so many of each scenario.",
        ),
    ),
    "Gate": (
        click.option(
            "--fail-if-slower",
            "limit_share",
            callback=share,
            metavar="SHARE",
            help="Exit with 1 if the second is certainly slower, by more than this: 5%.",
        ),
        click.option(
            "--require-decision",
            is_flag=True,
            help="Exit with 1 also where it is undecided.",
        ),
        click.option(
            "--junit",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write each quantity as a test, as JUnit XML.",
        ),
    ),
    OUTPUT: (
        click.option(
            "--table", is_flag=True, help="Two RUNS as rows of a table, without a verdict."
        ),
        click.option(
            "--json", "form", flag_value="json", help="A list of objects instead of the table."
        ),
        click.option(
            "--csv", "form", flag_value="csv", help="One line per row instead of the table."
        ),
        click.option(
            "--markdown", "form", flag_value="markdown", help="A table for a README on GitHub."
        ),
    ),
}


@click.command(
    "compare",
    cls=GroupedCommand,
    short_help="Runs next to each other, or to published results.",
    examples=(
        ("edgebench compare before after", "did it get faster?"),
        ("edgebench compare before after --fail-if-slower 5%", "the same, as a gate in CI"),
        ("edgebench compare RUN --with summary_results.json", "next to published results"),
    ),
)
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@grouped_options(GROUPS)
def command(
    runs: tuple[Path, ...],
    others: tuple[Path, ...],
    table: bool,
    limit_share: float | None,
    require_decision: bool,
    junit: Path | None,
    form: str | None,
    limit: int,
    **options: Any,
) -> int:
    """Compare RUNS.

    Two RUNS, each a run directory or a folder with repeats of one thing: did the second get
    faster? The answer is faster, slower, or can't tell.

    More RUNS, or --with published results: a table of all, and what makes them comparable or not.
    A run can also be a folder with bare LoadGen or MLPerf Tiny logs.
    """
    if limit_share is None and (require_decision or junit is not None):
        raise UsageError("--require-decision and --junit need --fail-if-slower, such as 5%")
    if len(runs) == 2 and not others and not table and _are_own(runs):
        changes = _verdicts(runs, form)
        if limit_share is None:
            return 0
        return _gate(runs, changes, limit_share, require_decision, junit)
    if limit_share is not None:
        raise UsageError("--fail-if-slower compares two RUNS: the one before and the one after")
    return _table(runs, others, limit, form, options)


def _are_own(runs: tuple[Path, ...]) -> bool:
    """Return whether these are run directories, or folders of them: bare logs have no repeats."""
    from edgebench.rundir.search import find_all_runs

    return all(any(True for _ in find_all_runs(path)) for path in runs)


def _verdicts(runs: tuple[Path, ...], form: str | None) -> list[RunChange]:
    """Print what changed, and return it."""
    from edgebench import api
    from edgebench.cli.tables.runs.change import change_rows, print_changes
    from edgebench.results.export import to_json, to_markdown

    changes = api.compare_runs(*runs)
    if form == "json":
        echo(to_json(changes))
    elif form == "markdown":
        echo(to_markdown(change_rows(changes)), nl=False)
    elif form == "csv":
        raise UsageError("two runs are compared as a table, --json or --markdown")
    else:
        print_changes(changes)
    return changes


def _gate(
    runs: tuple[Path, ...],
    changes: list[RunChange],
    share: float,
    require_decision: bool,
    junit: Path | None,
) -> int:
    """Print whether the second may be used in place of the first; return the exit code."""
    from edgebench.results.comparison.compare_runs import missing_after
    from edgebench.results.comparison.gate import gate, outcome_of
    from edgebench.results.comparison.junit import write_junit

    gated = gate(changes, share, missing_after(*runs))
    if junit is not None:
        write_junit(junit, gated, fail_undecided=require_decision)
    outcome = outcome_of(gated)
    # A program reads standard output; people and build servers' logs have both.
    for each in gated:
        what = f"{each.compared.model} {each.compared.scenario}, {each.compared.quantity}"
        echo(f"{each.outcome}: {what}: {each.reason}", err=True)
    echo(f"edgebench: gate at {share:.1%}: {outcome}", err=True)
    return int(outcome == "failed" or (require_decision and outcome == "undecided"))


def _table(
    runs: tuple[Path, ...],
    others: tuple[Path, ...],
    limit: int,
    form: str | None,
    options: dict[str, Any],
) -> int:
    from dataclasses import replace

    from edgebench import api
    from edgebench.cli.error_text import with_options
    from edgebench.cli.tables.runs.results import print_results
    from edgebench.results.comparison.texts import result_rows
    from edgebench.results.export import to_csv, to_json, to_markdown
    from edgebench.results.sources.from_published import Filter
    from edgebench.results.sources.row import COLUMNS, flat

    wanted = Filter(
        round=options["round_"],
        category=options["category"] or "",
        suite=options["suite"] or "",
        scenarios=options["scenarios"],
        system=options["system"],
        model=options["model"],
        power=options["with_power"],
    )
    compared = api.compare(runs, others=others, wanted=wanted, limit=limit)
    asked = click.get_current_context().command
    caveats = tuple(with_options(line, asked) for line in compared.caveats)
    compared = replace(compared, caveats=caveats)
    if form == "json":
        echo(to_json(compared.results))
    elif form == "csv":
        echo(to_csv(map(flat, compared.results), COLUMNS), nl=False)
    elif form == "markdown":
        echo(to_markdown(result_rows(compared.results)), nl=False)
        echo("".join(f"\n- {line}" for line in compared.caveats))
    else:
        print_results(compared)
    for error in compared.errors:
        echo(f"edgebench: {error}", err=True)
    return 1 if compared.errors else 0
