"""``edgebench power``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from edgebench.cli.command_group import Group
from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.meter import accuracy_option, power_option, supply_option
from edgebench.cli.output import echo, replace_line


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


def columns_by_quantity(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> dict[str, str] | None:
    """Turn ``time=t_ms,current=uA`` into a mapping."""
    if value is None:
        return None
    pairs = [each.partition("=") for each in value.split(",")]
    if any(not (name and sign and column) for name, sign, column in pairs):
        raise click.BadParameter(f"{value!r} is no list such as time=t_ms,current=uA")
    return {name.strip(): column.strip() for name, _, column in pairs}


@click.group("power", cls=Group, short_help="Record a power meter; integrate a recording.")
def command() -> None:
    """Record a power meter by itself, and integrate a recording."""


@command.command("record", short_help="Record a meter to a file.")
@power_option(required=True)
@supply_option
@accuracy_option
@click.option(
    "--duration",
    "seconds",
    type=click.FloatRange(0.01),
    default=10.0,
    show_default=True,
    metavar="S",
    help="How long to record.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE.npz"
)
@json_option
def record(
    power: str,
    supply_v: float | None,
    meter_accuracy: float | None,
    seconds: float,
    out: Path,
) -> int:
    """Record a meter for some seconds. Ctrl-C, or a meter that is lost, keeps what there is. Ends
    with 1 if the meter reported a problem, such as an overcurrent.
    """
    from edgebench import api
    from edgebench.cli.tables.hardware.power import print_faults, print_trace

    trace = api.record_power(
        power,
        seconds=seconds,
        out=out,
        on_sample=lambda gone, count: replace_line(
            f"{gone:6.1f} of {seconds:g} s, {count} samples"
        ),
        supply_v=supply_v,
        meter_accuracy=meter_accuracy,
    )
    echo(err=True)
    if not wrote_json({"file": out, "trace": trace}):
        print_trace(trace, out)
        print_faults(trace.samples.faults)
    return int(bool(trace.samples.faults))


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
@supply_option
@click.option(
    "--columns",
    callback=columns_by_quantity,
    metavar="Q=C,...",
    help="What a table's columns are: time=t_ms,current=uA, or with units, time=1:s,power=2:W; of "
    "a log without times, the interval: time=1000:ms.",
)
@click.option(
    "--rail",
    metavar="R",
    help="Which rail, instrument or GPU, of a file with several; rails with +.",
)
@accuracy_option
@click.option("--inferences", type=click.IntRange(1), help="How many were computed in it.")
@json_option
def integrate(
    recording: Path,
    start: float | Literal["marks"],
    end: float | None,
    supply_v: float | None,
    columns: dict[str, str] | None,
    rail: str | None,
    meter_accuracy: float | None,
    inferences: int | None,
) -> int:
    """Print the energy of a part of a RECORDING: edgebench's .npz, MLPerf's spl.txt, Nordic's .ppk2
    and CSV, Joulescope's .jls and CSV, EEMBC's trace1-energy.bin, logs of tegrastats and
    nvidia-smi, or any table with units in its header.
    """
    from edgebench import api
    from edgebench.cli.tables.hardware.power import print_energy, print_faults

    energy = api.integrate_power(
        recording,
        start=start,
        end=end,
        supply_v=supply_v,
        columns=columns,
        rail=rail,
        meter_accuracy=meter_accuracy,
    )
    if not wrote_json(energy):
        print_energy(energy, inferences)
        print_faults(energy.faults)
    return int(bool(energy.faults))
