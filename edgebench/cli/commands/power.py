"""``edgebench power``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.group import Group


@click.group("power", cls=Group, short_help="Record a power meter; integrate a recording.")
def command() -> None:
    """Record a power meter by itself, and integrate a recording."""


@command.command("record", short_help="Record a meter to a file.")
@click.option("--power", required=True, metavar="METER", help="As `edgebench meters` names it.")
@click.option(
    "--supply", "supply_v", type=float, metavar="V", help="What the meter supplies the board with."
)
@click.option("--seconds", type=click.FloatRange(0.01), default=10.0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.npz"
)
def record(power: str, supply_v: float | None, seconds: float, out: Path) -> None:
    """Record a meter for some seconds. Ctrl-C, or a meter that is lost, keeps what there is."""
    from edgebench import api
    from edgebench.cli.tables.power import print_trace

    trace = api.record_power(
        power,
        seconds,
        out,
        told=lambda gone, count: click.echo(
            f"\r{gone:6.1f} of {seconds:g} s, {count} samples", nl=False, err=True
        ),
        supply_v=supply_v,
    )
    click.echo(err=True)
    print_trace(trace, out)


@command.command("integrate", short_help="Energy of a part of a recording.")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "start",
    default="0",
    metavar="S|marks",
    show_default=True,
    help="Seconds from the recording's start, or between the last two marks of the meter.",
)
@click.option("--to", "end", type=float, metavar="S", help="Until when.  [default: its end]")
@click.option("--inferences", type=click.IntRange(1), help="How many were computed in it.")
def integrate(recording: Path, start: str, end: float | None, inferences: int | None) -> None:
    """Tell the energy of a part of a RECORDING: edgebench's .npz, MLPerf's spl.txt, or a .csv of
    seconds and watts.
    """
    from edgebench import api
    from edgebench.cli.tables.power import print_energy

    print_energy(api.integrate_power(recording, start, end), inferences)
