"""All plots: of one run, and of all runs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from edgebench.results.report.drawing import NotDrawable, Plot
from edgebench.results.report.plots.accuracy import accuracy
from edgebench.results.report.plots.confusion import confusion
from edgebench.results.report.plots.heat_map import heat_maps
from edgebench.results.report.plots.latency import distribution, over_time
from edgebench.results.report.plots.layers import layers
from edgebench.results.report.plots.overlay import overlays
from edgebench.results.report.plots.overview import overview_plots
from edgebench.results.report.plots.peak import peak
from edgebench.results.report.plots.power import power
from edgebench.results.report.view import RunView

MAKERS: Mapping[str, Callable[[RunView, str], Plot | None]] = {
    "distribution": distribution,
    "over time": over_time,
    "power": power,
    "accuracy": accuracy,
    "confusion": confusion,
    "layers": layers,
    "peak": peak,
}
"""In the order of the page. Each returns None of a run that lacks what it shows."""

TOGETHER: Mapping[str, Callable[[Sequence[RunView]], list[Plot]]] = {
    "accuracy against time": overview_plots,
    "runs overlaid": overlays,
    "latency-bounded throughput": heat_maps,
}


def plots_together(views: Sequence[RunView]) -> tuple[list[Plot], list[str]]:
    """Return the plots of all runs together, and what could not be drawn."""
    plots: list[Plot] = []
    problems: list[str] = []
    for name, make in TOGETHER.items():
        try:
            plots += make(views)
        except NotDrawable as error:
            problems.append(f"could not be drawn: {name}: {error}")
    return plots, problems


def run_plots(view: RunView, number: int) -> tuple[list[Plot], list[str]]:
    """Return the plots that a run's files allow, and what could not be drawn.

    Parameters
    ----------
    number
        Tells it from the page's other runs.
    """
    plots: list[Plot] = []
    problems: list[str] = []
    for name, make in MAKERS.items():
        try:
            plot = make(view, f"{name.replace(' ', '_')}-{number}")
        except NotDrawable as error:
            problems.append(f"could not be drawn: {name}: {error}")
            continue
        if plot is not None:
            plots.append(plot)
    return plots, problems
