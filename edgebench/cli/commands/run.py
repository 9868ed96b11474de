"""``edgebench run``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgebench.cli.options.device import run_options
from edgebench.cli.options.given import given_options
from edgebench.cli.options.meter import accuracy_option, power_option, supply_option
from edgebench.cli.options.model import measured_options
from edgebench.cli.options.runtime import settings_options
from edgebench.cli.output import echo
from edgebench.errors import UsageError
from edgebench.harness.request_defaults import (
    DEFAULT_MODES,
    DEFAULT_OUT,
    DEFAULT_SCENARIOS,
    IDLE_S,
    WARMUP_S,
)
from edgebench.mlperf.scenarios import MODES, PACES, SCENARIOS

if TYPE_CHECKING:
    from edgebench.rundir.reader import Run


@click.command("run", short_help="Measure a model.")
@click.argument("model", required=False)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    type=click.Choice(list(SCENARIOS)),
    help=f"May be given several times.  [default: {', '.join(DEFAULT_SCENARIOS)}]",
)
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice(MODES),
    help=f"May be given several times.  [default: {', '.join(DEFAULT_MODES)}]",
)
@measured_options
@settings_options()
@click.option(
    "--dataset", metavar="D", help="A card, a path, or CARD@PATH.  [default: the model's own]"
)
@click.option(
    "--stream",
    metavar="FILE",
    help="Audio (16 kHz WAV), or the JSON definition of its test, for a wake word model.",
)
@click.option(
    "--pace",
    type=click.Choice(PACES),
    help="How the frames of --stream come: as recorded, or as fast as they are answered.  "
    "[default: real-time; accelerated for a device]",
)
@click.option(
    "--query-size",
    metavar="SIZE",
    help="Queries of several samples: 16 or lognormal:MEDIAN,SIGMA.",
)
@click.option(
    "--duration",
    "duration_s",
    type=float,
    metavar="S",
    help="One performance test of at least so many seconds.  [default: several, about 10 in all]",
)
@click.option(
    "--official", is_flag=True, help="MLPerf's own settings: 600 s per test, its query counts."
)
@click.option(
    "--round",
    metavar="ROUND",
    help="Official: the round whose seeds to use, such as v6.0.  [default: LoadGen's own]",
)
@click.option("--warmup", "warmup_s", type=float, default=WARMUP_S, show_default=True, metavar="S")
@click.option("--target-qps", type=float, metavar="QPS", help="Server: queries per second.")
@click.option(
    "--latency-bound",
    "latency_bound_ms",
    type=float,
    metavar="MS",
    help="Server: what 99 % of latencies must hold.",
)
@click.option(
    "--find-peak", is_flag=True, help="Server: search the largest rate that holds the bound."
)
@run_options
@power_option()
@supply_option
@accuracy_option
@click.option(
    "--idle",
    "idle_s",
    type=float,
    default=IDLE_S,
    show_default=True,
    metavar="S",
    help="For how long idle power is measured, before and after.",
)
@click.option(
    "--frequency",
    "frequency_mhz",
    type=float,
    metavar="MHZ",
    help="Hold the processors' clock there; takes root.",
)
@click.option(
    "--sweep",
    "sweep",
    multiple=True,
    metavar="NAME=V,V",
    help="The same run at several threads, batch, instances or frequency; of two, every pair.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where run directories are made.  [default: edgebench-runs]",
)
@click.option(
    "--tuned", is_flag=True, help="With the settings that `edgebench tune` found for each scenario."
)
@click.option(
    "--request",
    type=click.File("rb"),
    metavar="FILE",
    help="Everything that is asked for, as JSON; - reads it from standard input.",
)
@click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Measure a model on this machine, or on a serial device.

    MODEL is a card's name (`edgebench list models`), a name and a variant (kws-ds-cnn:float32),
    or any .tflite file; kws-ds-cnn if left out, or what the device says. Without --official a
    run is quick, and says so: it is not a submission.
    """
    from edgebench import api
    from edgebench.cli.error_text import as_options
    from edgebench.cli.progress import shown_progress
    from edgebench.cli.tables.runs.runs import print_runs
    from edgebench.harness.request import request_from_text

    given = given_options(ctx, ("resume", "request", "out"))
    out, file = options["out"] or DEFAULT_OUT, options["request"]
    with shown_progress() as progress:
        if options["resume"]:
            _refuse_other_options(given if file is None else (*given, "request"))
            result = api.resume(out, progress=progress, device=options["device"])
        elif file is not None:
            if given:
                raise UsageError("`request` has all that is asked for: leave out all but `out`")
            request = request_from_text(file.read(), file.name)
            result = api.run_request(request, out=out, progress=progress)
        else:
            result = api.run(out=out, progress=progress, **given)
    print_runs(result.runs)
    if options["sweep"]:
        from edgebench.cli.tables.runs.sweep import print_sweep

        print_sweep(options["sweep"], result.runs)
    for line in result.left_out:
        echo(f"not run: {as_options(line)}")
    if not result.valid:
        return 3
    return int(any(_has_failed(run) for run in result.runs))


def _has_failed(run: Run) -> bool:
    """Return whether energy was asked for and not got, or a device computed something else."""
    energy, reference = run.record.energy, run.record.reference
    is_wrong = reference is not None and reference.verdict == "wrong"
    return is_wrong or bool(energy is not None and energy.problem)


def _refuse_other_options(given: Collection[str]) -> None:
    if set(given) - {"device"}:
        raise UsageError(
            "`resume` goes on with the settings that the run began with: leave out all but "
            "`out` (and `device`, where a port has come back under another name)"
        )
