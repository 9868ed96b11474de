"""``edgebench compare-models``."""

from __future__ import annotations

import dataclasses
import json

import click


@click.command("compare-models", short_help="Two models on the same inputs.")
@click.argument("first")
@click.argument("second")
@click.option("--dataset", metavar="D", help="A card or a path.  [default: random inputs]")
@click.option("--json", "as_json", is_flag=True, help="An object instead of tables.")
def command(first: str, second: str, dataset: str | None, as_json: bool) -> None:
    """Compare SECOND's outputs with FIRST's: in all, and layer by layer where they diverge."""
    from edgebench import api
    from edgebench.rundir.json_file import finite

    found = api.compare_models(first, second, dataset=dataset)
    if as_json:
        # The SNR of equal outputs is infinite.
        click.echo(json.dumps(finite(dataclasses.asdict(found)), indent=2, allow_nan=False))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from edgebench.results.formatting import value_of

    console = Console()
    same = found.agreement
    console.print(
        f"{found.samples} samples: SNR {same.snr_db:.1f} dB, same highest output in "
        f"{same.top1:.1%}, largest difference {same.largest_difference:.4g}"
    )
    for name, score, loss in zip((first, second), found.scores, found.log_losses, strict=True):
        if score is not None:
            said = "" if loss is None else f", log-loss {loss:.4f}"
            console.print(f"{name}: {value_of(score.value, score.metric)}{said}", markup=False)
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for title in ("first", "second", "op", "output", "SNR, dB", ""):
        table.add_column(
            title, justify="right" if title in ("first", "second", "SNR, dB") else "left"
        )
    for layer in found.layers:
        table.add_row(
            str(layer.first_index),
            str(layer.second_index),
            layer.op,
            "x".join(map(str, layer.shape)),
            f"{layer.snr_db:.1f}",
            "[red]diverges[/red]" if layer.diverges else "",
        )
    console.print(table)
    if found.unmatched:
        console.print(f"only in one of them: {'; '.join(found.unmatched)}", markup=False)
