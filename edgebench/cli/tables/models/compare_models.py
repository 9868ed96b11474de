"""Two models compared, as a table for people."""

from __future__ import annotations

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.metrics import LOG_LOSS, metric_called
from edgebench.models.compare import Comparison

NAMES = ("first", "second", "op", "output", "SNR, dB", "")


def print_comparison(found: Comparison, names: tuple[str, str]) -> None:
    """Print how alike the outputs are, each model's accuracy, and one row per layer."""
    console = new_console()
    same = found.agreement
    console.print(
        f"{found.samples} samples: SNR {same.snr_db:.1f} dB, same highest output in "
        f"{same.top1:.1%}, largest difference {same.largest_difference:.4g}"
    )
    for name, score, loss in zip(names, found.scores, found.log_losses, strict=True):
        if score is not None:
            said = "" if loss is None else f", {LOG_LOSS.shown_name} {loss:.{LOG_LOSS.decimals}f}"
            console.print(
                f"{name}: {metric_called(score.metric).text(score.value)}{said}", markup=False
            )
    if not found.layers and not found.unmatched:
        console.print("layers are compared between .tflite files only")
        return
    table = new_table(*NAMES, texts=("op", "output", ""))
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
