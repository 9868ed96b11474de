"""``edgebench train``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from edgebench.cli.json_output import json_option, wrote_json
from edgebench.cli.options.declared import declared_options
from edgebench.cli.options.given_options import given_options
from edgebench.cli.options.groups import (
    OUTPUT,
    POWER,
    WHAT,
    Decorator,
    GroupedCommand,
    grouped_options,
)
from edgebench.cli.options.meter import accuracy_option, power_option, supply_option
from edgebench.cli.output import echo
from edgebench.errors import UsageError
from edgebench.training.to_quality.timed_runs import TimedRuns

OF_FINETUNE = ("model", "finetune", "first_seed", "out")
GROUPS: Mapping[str, Sequence[Decorator]] = {
    WHAT: (
        declared_options(TimedRuns, organization="--org", target="--target-quality"),
        click.option(
            "--finetune",
            metavar="D",
            help="Not time to quality: learn the last layer again on a dataset of yours.",
        ),
    ),
    POWER: (power_option("A power meter, for energy to quality:"), supply_option, accuracy_option),
    OUTPUT: (
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            default=Path("edgebench-training"),
            show_default=True,
            help="Where the package of logs is made.",
        ),
        json_option,
    ),
}


@click.command(
    "train",
    cls=GroupedCommand,
    short_help="Time to quality.",
    examples=(
        ("edgebench train digits-resnet8", "to its target, several times"),
        ("edgebench train kws-ds-cnn --finetune D.npz", "its last layer, on your data"),
    ),
)
@click.argument("model")
@grouped_options(GROUPS)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    model: str,
    finetune: str | None,
    out: Path,
    **runs: Any,
) -> int:
    """Train a model of the zoo to its target several times; needs the [train] extra.

    Timed from the first touch of data to the evaluation that reaches the target of the model's
    card. The fastest and the slowest run are left out, the rest averaged. Logs are MLPerf
    Training's, and are shown to its compliance checker.
    """
    from edgebench import api
    from edgebench.cli.tables.models.train import print_fine_tuned, print_trained

    if finetune is not None:
        _refuse_other_options(given_options(ctx, but=OF_FINETUNE))
        tuned = api.fine_tune(model, finetune, out=out, seed=runs["first_seed"])
        if not wrote_json(tuned):
            print_fine_tuned(tuned, finetune)
        return 0
    found = api.train(model, out=out, on_event=lambda text: echo(text, err=True), **runs)
    if not wrote_json(found):
        print_trained(found)
    if not found.passed:
        return 3
    return int(found.lacks_energy)


def _refuse_other_options(given: Collection[str]) -> None:
    if given:
        names = ", ".join(f"`{name}`" for name in given)
        raise UsageError(f"{names}: not for `finetune`, which has no timed runs: leave them out")
