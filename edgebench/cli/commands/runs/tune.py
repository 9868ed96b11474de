"""``edgebench tune``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from edgebench.cli.options.given_options import given_options
from edgebench.cli.options.meter import power_option, supply_option
from edgebench.cli.options.model import latency_bound_option, measured_options
from edgebench.cli.output import echo
from edgebench.tuning.objective import BUDGET_S, OBJECTIVES, THROUGHPUT


@click.command("tune", short_help="Find the best settings of this machine for a model.")
@click.argument("model", required=False)
@click.option(
    "--objective",
    type=click.Choice(list(OBJECTIVES)),
    default=THROUGHPUT,
    show_default=True,
)
@latency_bound_option("latency-bounded-throughput: what 99 % of latencies must hold.")
@click.option(
    "--budget",
    "budget_s",
    type=click.FloatRange(min=5),
    default=BUDGET_S,
    show_default=True,
    metavar="S",
    help="About how long it may take.",
)
@measured_options
@click.option("--runtime", metavar="NAME", help="Only this one.  [default: all that are here]")
@click.option("--dataset", metavar="D", help="A card, a path, or CARD@PATH.")
@power_option("For the objective energy:")
@supply_option
@click.option("--json", "as_json", is_flag=True, help="All that was found and tried.")
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **options: Any) -> None:
    """Search threads, instances, processes, affinity, batches and runtimes for MODEL.

    Most of the time goes into a last comparison, side by side, of what was found with the
    default, with as many threads as cores, and with a guideline by the width of the model's
    graph. `edgebench run --tuned` uses what wins, if it is certainly better than the default.
    """
    from edgebench import api
    from edgebench.cli.progress import shown_progress
    from edgebench.cli.tables.models.tune import print_tuned
    from edgebench.text.json_text import json_text

    given = given_options(ctx, ("as_json",))
    with shown_progress() as progress:
        tuned, path = api.tune(progress=progress, **given)
    if as_json:
        echo(json_text(asdict(tuned)))
    else:
        print_tuned(tuned, path, given)
