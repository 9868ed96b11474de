"""``edgebench power``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from edgebench.cli.group import Group
from edgebench.cli.options.meter import accuracy_option, power_option, supply_option


def start_or_marks(
    ctx: click.Context, param: click.Parameter, value: str
) -> float | Literal["marks"]:
    """Turn seconds as text into a number; the word stays."""
    if value == "marks":
        return "marks"
    try:
        return float(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is neither seconds nor 'marks'") from error


@click.group("power", cls=Group, short_help="Record a power meter; integrate a recording.")
def command() -> None:
    """Record a power meter by itself, and integrate a recording."""


@command.command("record", short_help="Record a meter to a file.")
@power_option(required=True)
@supply_option
@accuracy_option
@click.option("--seconds", type=click.FloatRange(0.01), default=10.0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.npz"
)
def record(
    power: str,
    supply_v: float | None,
    meter_accuracy: float | None,
    seconds: float,
    out: Path,
) -> None:
    """Record a meter for some seconds. Ctrl-C, or a meter that is lost, keeps what there is."""
    from edgebench import api
    from edgebench.cli.tables.power import print_trace

    trace = api.record_power(
        power,
        seconds=seconds,
        out=out,
        on_sample=lambda gone, count: click.echo(
            f"\r{gone:6.1f} of {seconds:g} s, {count} samples", nl=False, err=True
        ),
        supply_v=supply_v,
        meter_accuracy=meter_accuracy,
    )
    click.echo(err=True)
    print_trace(trace, out)


@command.command("integrate", short_help="Energy of a part of a recording.")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "start",
    default="0",
    callback=start_or_marks,
    metavar="S|marks",
    show_default=True,
    help="Seconds from the recording's start, or between the last two marks of the meter.",
)
@click.option("--to", "end", type=float, metavar="S", help="Until when.  [default: its end]")
@accuracy_option
@click.option("--inferences", type=click.IntRange(1), help="How many were computed in it.")
def integrate(
    recording: Path,
    start: float | Literal["marks"],
    end: float | None,
    meter_accuracy: float | None,
    inferences: int | None,
) -> None:
    """Print the energy of a part of a RECORDING: edgebench's .npz, MLPerf's spl.txt, or a .csv of
    seconds and watts.
    """
    from edgebench import api
    from edgebench.cli.tables.power import print_energy

    energy = api.integrate_power(recording, start=start, end=end, meter_accuracy=meter_accuracy)
    print_energy(energy, inferences)
