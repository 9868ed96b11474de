"""The table of what a model's ops cost on this machine."""

from __future__ import annotations

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.rundir.contents.layers import Layer, Layers

NAMES = ("op", "layer", "MACs", "us", "spread", "%", "MACs/ns")


def print_layers(layers: Layers) -> None:
    """Print a line an op, and the whole."""
    console = new_console()
    for line in (f"{layers.model} on {layers.where}", layers.method):
        console.print(line, markup=False, highlight=False)
    table = new_table(*NAMES, texts=("layer",))
    for layer in layers.layers:
        table.add_row(
            str(layer.index),
            layer.op,
            f"{layer.macs:,}",
            f"{layer.cost:.2f}",
            _spread(layer),
            f"{100 * layer.cost / layers.whole:.1f}" if layers.whole else "",
            _rate(layer.macs, layer.cost),
        )
    macs = sum(layer.macs for layer in layers.layers)
    table.add_section()
    whole = f"{layers.whole:.2f}"
    table.add_row("", "all", f"{macs:,}", whole, "", "100", _rate(macs, layers.whole))
    console.print(table)


def _spread(layer: Layer) -> str:
    """Return what the middle half of the rounds spans; in brackets where it hides the cost."""
    if layer.spread is None:
        return ""
    text = f"{layer.spread:.2f}"
    return f"({text})" if layer.spread > abs(layer.cost) else text


def _rate(macs: int, cost_us: float) -> str:
    return f"{macs / cost_us / 1e3:.2f}" if macs and cost_us > 0 else ""
