"""``edgebench train``."""

from __future__ import annotations

from pathlib import Path

import click

from edgebench.cli.output import echo


@click.command("train", short_help="Time to quality.")
@click.argument("model")
@click.option("--seeds", type=int, default=5, show_default=True, help="Runs, each with its seed.")
@click.option("--first-seed", type=int, default=1, show_default=True)
@click.option(
    "--most-evaluations", type=int, help="Then a run has not converged.  [default: the card's]"
)
@click.option("--org", "organization", default="edgebench", show_default=True)
@click.option("--system", default="this_machine", show_default=True, help="Its name in the logs.")
@click.option(
    "--finetune",
    metavar="D",
    help="Not time to quality: learn the last layer again on a dataset of yours.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("edgebench-training"),
    show_default=True,
    help="Where the package of logs is made.",
)
def command(
    model: str,
    seeds: int,
    first_seed: int,
    most_evaluations: int | None,
    organization: str,
    system: str,
    finetune: str | None,
    out: Path,
) -> int:
    """Train a model of the zoo to its target several times; needs the [train] extra.

    Timed from the first touch of data to the evaluation that reaches the target of the model's
    card. The fastest and the slowest run are left out, the rest averaged. Logs are MLPerf
    Training's, and are shown to its compliance checker.
    """
    from edgebench import api
    from edgebench.cli.tables.models.train import print_fine_tuned, print_trained

    if finetune is not None:
        print_fine_tuned(api.fine_tune(model, finetune, out=out, seed=first_seed), finetune)
        return 0
    found = api.train(
        model,
        seeds=seeds,
        first_seed=first_seed,
        most_evaluations=most_evaluations,
        organization=organization,
        system=system,
        out=out,
        on_event=lambda text: echo(text, err=True),
    )
    print_trained(found)
    return 0 if found.passed else 3
