"""``edgebench submit``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgebench.cli.command_group import Group
from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.output import echo
from edgebench.errors import UsageError
from edgebench.mlperf.inference_tree import LAYOUTS
from edgebench.mlperf.tiny.tree import DIVISIONS, Division
from edgebench.mlperf.tiny.tree import VERSIONS as TINY_VERSIONS

if TYPE_CHECKING:
    from edgebench.results.submit.tree import Submitted

F = TypeVar("F", bound=Callable[..., Any])
SYSTEM = Path("system.toml")
_runs = click.argument("run_dirs", nargs=-1, type=click.Path(path_type=Path))
_org = click.option("--org", default="", metavar="ORG", help="The submitter's name.")
_system = click.option(
    "--system-file",
    "system",
    type=click.Path(path_type=Path, dir_okay=False),
    default=SYSTEM,
    show_default=True,
    metavar="FILE",
    help="What is said of the system.",
)
_out = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The tree; it must not be there yet.",
)
_init = click.option("--init", is_flag=True, help="Write a FILE to fill in, and stop.")


def _version(rounds: Iterable[str]) -> Callable[[F], F]:
    """Return the option that chooses one of the rounds, the last by default."""
    names = list(rounds)
    kind = click.Choice(names)
    return click.option(
        "--round", "version", type=kind, default=names[-1], show_default=True, help="The round."
    )


@click.group("submit", cls=Group, short_help="A submission tree for a round of MLPerf.")
def command() -> None:
    """Make a submission tree of official runs.

    Begin with --init: it writes a system.toml to fill in.
    """


@command.command("inference", short_help="MLPerf Inference, open division, edge.")
@_runs
@_org
@_system
@_version(LAYOUTS)
@_out
@click.option("--with-power", is_flag=True, help="Power too, with edgebench's own record of it.")
@click.option(
    "--other-data", is_flag=True, help="A model may count as a benchmark of other data; say so."
)
@_init
@json_option
def inference(
    run_dirs: tuple[Path, ...],
    org: str,
    system: Path,
    version: str,
    out: Path | None,
    with_power: bool,
    other_data: bool,
    init: bool,
) -> None:
    """Make a tree of runs on this machine, all with --official.

    RUN_DIRS are run directories, or folders that hold them.
    """
    from edgebench import api

    if init:
        _said(api.init_submission("inference", system=system))
        return
    tree = _needed(run_dirs, org, out)
    submitted = api.submit_inference(
        run_dirs,
        out=tree,
        org=org,
        system=system,
        version=version,
        with_power=with_power,
        other_data=other_data,
    )
    _print(submitted, version)


@command.command("tiny", short_help="MLPerf Tiny, closed or open division.")
@_runs
@_org
@_system
@_version(TINY_VERSIONS)
@click.option("--division", type=click.Choice(DIVISIONS), default="open", show_default=True)
@_out
@_init
@json_option
def tiny(
    run_dirs: tuple[Path, ...],
    org: str,
    system: Path,
    version: str,
    division: Division,
    out: Path | None,
    init: bool,
) -> None:
    """Make a tree of runs of serial devices, all with --official.

    RUN_DIRS are run directories, or folders that hold them.
    """
    from edgebench import api

    if init:
        _said(api.init_submission("tiny", system=system))
        return
    tree = _needed(run_dirs, org, out)
    submitted = api.submit_tiny(
        run_dirs, out=tree, org=org, system=system, version=version, division=division
    )
    _print(submitted, version)


def _said(path: Path) -> None:
    if wrote_json({"system_file": path}):
        return
    echo(f"{path}: fill in what must say something, then run `submit` without --init")


def _needed(run_dirs: tuple[Path, ...], org: str, out: Path | None) -> Path:
    """Return where the tree goes; all that --init does without must be there."""
    for what, there in (("RUN_DIRS", run_dirs), ("--org", org)):
        if not there:
            raise UsageError(f"{what} is missing")
    if out is None:
        raise UsageError("--out is missing")
    if not all(each.isalnum() or each in "._-" for each in org) or org.startswith("."):
        raise UsageError(f"--org {org!r} is no folder's name: letters, digits, . _ -")
    return out


def _print(submitted: Submitted, version: str) -> None:
    if wrote_json(submitted):
        return
    for note in submitted.notes:
        echo(f"note: {note}", err=True)
    echo(f"{submitted.path}: {', '.join(submitted.results)} ({version})")
    echo(f"now: edgebench check {submitted.path} --round {version}")
