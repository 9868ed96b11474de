"""Plot what each layer costs."""

from __future__ import annotations

from edgebench.results.report.drawing import COLOURS, Plot, drawn
from edgebench.results.report.view import RunView

LAYERS_SHOWN = 15


def layers(view: RunView, name: str) -> Plot | None:
    """The most expensive layers."""
    found = view.layers
    if found is None or not found.layers or found.whole <= 0:
        return None
    most = sorted(found.layers, key=lambda layer: -layer.cost)[:LAYERS_SHOWN]
    spread = [max(layer.spread or 0.0, 0.0) / 2 for layer in most]
    with drawn(name, height_in=0.28 * len(most) + 1.0) as canvas:
        (axis,) = canvas.axes
        bars = axis.barh(
            [f"{layer.index} {layer.op}" for layer in most],
            [max(layer.cost, 0.0) for layer in most],
            color=COLOURS["first"],
            xerr=spread if any(spread) else None,
            ecolor=COLOURS["faint"],
        )
        for bar, layer in zip(bars, most, strict=True):
            share = f"{layer.cost / found.whole:.1%}"
            canvas.tip(bar, f"{layer.index} {layer.op}: {layer.cost:,.4g} {found.unit}, {share}")
        axis.invert_yaxis()
        axis.tick_params(axis="y", labelsize=8)
        axis.set_xlim(left=0)
        axis.set_xlabel(f"{found.unit} per inference")
    first = most[0]
    bars = "; bars are the middle half of the rounds" if any(spread) else ""
    return Plot(
        canvas.svg,
        "Where the time goes",
        f"The most expensive layers on {found.where}: {first.op} (op {first.index}) takes "
        f"{first.cost / found.whole:.0%} of {found.whole:,.1f} {found.unit}.",
        f"{found.where}, {found.method}{bars}.",
    )
