"""``edgebench farm``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgebench.cli.command_group import Group
from edgebench.cli.json_output import is_json, json_option, wrote_json
from edgebench.cli.output import echo

if TYPE_CHECKING:
    from edgebench.farm.session import PreparedFarm

DEFAULT_OUT = Path("farm-runs")
_coordinator = click.option(
    "--coordinator",
    default="",
    metavar="HOST:PORT",
    help="labgrid's.  [default: LG_COORDINATOR, else this machine's]",
)


@click.group("farm", cls=Group, short_help="Many boards as one.")
def command() -> None:
    """Measure a shelf of boards or a rack of Pis as one: labgrid's places, ports, SSH machines."""


@command.command("list")
@_coordinator
@json_option
def list_(coordinator: str) -> None:
    """Places of the labgrid farm, what is on them, who holds them."""
    from edgebench import api
    from edgebench.cli.tables.hardware.places import print_places

    _warn(coordinator)
    places = api.list_places(coordinator=coordinator)
    if not wrote_json(places):
        print_places(places)


@command.command("run")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--resume", is_flag=True, help="Go on where the plan was left.")
@click.option("--dry-run", is_flag=True, help="Print the matrix and how long it takes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where runs are kept.  [default: the plan's, else farm-runs]",
)
@_coordinator
@json_option
def run(plan: Path, resume: bool, dry_run: bool, out: Path | None, coordinator: str) -> int:
    """Carry a plan out: models x boards x scenarios x repeats."""
    from edgebench import api

    _warn(coordinator)
    prepared = api.plan_farm(plan, out=out, resume=resume or dry_run, coordinator=coordinator)
    if dry_run:
        if not wrote_json(_matrix(prepared)):
            _print_matrix(prepared)
        return 0
    if not is_json():
        _print_matrix(prepared)
    outcome = api.run_farm(prepared, on_event=lambda text: echo(text, err=True))
    if wrote_json(outcome):
        return 0 if outcome.complete else 1
    echo(f"{outcome.finished} runs done, in {prepared.out}")
    for reason, count in _counted(list(outcome.failed.values())).items():
        echo(f"given up: {reason}{f' ({count} runs)' if count > 1 else ''}", err=True)
    for name, reason in outcome.quarantined.items():
        echo(f"quarantined: {name}: {reason}", err=True)
    return 0 if outcome.complete else 1


@command.command("report")
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_OUT)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("farm.html"), show_default=True
)
@json_option
def report(folder: Path, out: Path) -> int:
    """One table and one page over all boards.

    A run that can't be read is named; the exit code is then 1.
    """
    from edgebench import api
    from edgebench.cli.tables.runs.farm import print_boards

    rows = api.farm_results(folder)
    if not is_json():
        print_boards(rows)
    damaged = [row for row in rows if row.problem]
    for row in damaged:
        echo(f"edgebench: {row.board}: {row.problem}", err=True)
    if len(damaged) < len(rows):
        page = api.report(folder / "runs", out=out)
        echo(f"page: {page}", err=is_json())
    wrote_json(rows)  # the last of all: an error is a document as well
    return 1 if damaged else 0


@command.command("cleanup")
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_OUT)
@_coordinator
@json_option
def cleanup(folder: Path, coordinator: str) -> None:
    """Release places that a plan has left held, after a crash or a power cut."""
    from edgebench import api

    released = api.clean_up_farm(folder, coordinator=coordinator)
    if wrote_json(released):
        return
    echo(f"released: {', '.join(released) or 'none: no place is held'}")


def _warn(coordinator: str) -> None:
    from edgebench.farm.labgrid.client import beyond_loopback

    if beyond_loopback(coordinator):
        echo(
            "warning: the coordinator is asked over a network: labgrid's channel has neither "
            "authentication nor encryption; an SSH tunnel has both (docs/farm.md)",
            err=True,
        )


def _print_matrix(prepared: PreparedFarm) -> None:
    from edgebench.farm.planning.targets import kind_of

    for target in prepared.targets:
        mine = prepared.jobs[target.name]
        echo(f"{target.name} ({kind_of(target)} {target.where}): {len(mine)} runs")
        for label, count in _counted([job.label for job in mine]).items():
            echo(f"  {label} x {count}")
    left = sum(map(len, prepared.jobs.values()))
    done = f", {prepared.already} done already" if prepared.already else ""
    echo(f"{left} runs{done}, about {prepared.about_s / 60:.0f} min")


def _matrix(prepared: PreparedFarm) -> dict[str, object]:
    """Return the jobs of each target, as JSON shows them."""
    return {
        "targets": {name: [job.label for job in jobs] for name, jobs in prepared.jobs.items()},
        "already_done": prepared.already,
        "about_s": prepared.about_s,
    }


def _counted(texts: list[str]) -> dict[str, int]:
    return {text: texts.count(text) for text in dict.fromkeys(texts)}
