"""``edgebench run``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import click

from edgebench.cli.json_output import wrote_json
from edgebench.cli.options.given_options import given_options
from edgebench.cli.options.groups import GroupedCommand, grouped_options
from edgebench.cli.options.run import RUN_GROUPS
from edgebench.cli.output import echo
from edgebench.errors import UsageError
from edgebench.harness.request_defaults import DEFAULT_OUT

if TYPE_CHECKING:
    from edgebench.results.summary.run_result import RunResult
    from edgebench.rundir.reader import Run


@click.command(
    "run",
    cls=GroupedCommand,
    short_help="Measure a model.",
    examples=(
        ("edgebench run", "the packaged keyword spotter, on this machine"),
        ("edgebench run M.tflite --dataset D.npz", "your model and data"),
        ("edgebench run --scenario server --latency-bound 20 --find-peak", "the largest rate"),
        ("edgebench run --device /dev/ttyACM0", "a board on a serial line"),
        ("edgebench run --power rapl --idle 5", "energy per inference as well"),
    ),
)
@click.argument("model", required=False)
@grouped_options(RUN_GROUPS)
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
    from edgebench.harness.request import request_from_text
    from edgebench.results.summary.row import summary_row

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
    is_written = wrote_json([summary_row(run) for run in result.runs])
    if not is_written:
        _print(result, options["sweep"])
    for line in result.left_out:
        echo(f"not run: {as_options(line)}", err=is_written)
    if not result.valid:
        return 3
    return int(any(_has_failed(run) for run in result.runs))


def _print(result: RunResult, sweep: Sequence[str]) -> None:
    from edgebench.cli.tables.runs.runs import print_runs

    print_runs(result.runs)
    if sweep:
        from edgebench.cli.tables.runs.sweep import print_sweep

        print_sweep(sweep, result.runs)


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
