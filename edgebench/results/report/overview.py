"""Plots of all runs together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgebench.results.formatting import duration, joules
from edgebench.results.report.drawing import COLOURS, Plot, drawn, log_axis
from edgebench.results.report.plots import palette
from edgebench.results.report.view import RunView

MARKERS = "osD^vP*X"
NEAR = ((5, 4), (5, -10))
LABEL_PLACES = (*NEAR, *((14, step * way) for step in (16, 28, 40) for way in (1, -1)))
"""Where a label may stand beside its mark, in points; the first that is free is taken."""


def overview_plots(views: Sequence[RunView]) -> list[Plot]:
    """Return accuracy against latency, where at least two runs have both; energy is the size."""
    known = [view for view in views if _latency_ns(view) and view.row.accuracy is not None]
    if len(known) < 2:
        return []
    energies = [view.row.energy_per_inference_j for view in known]
    measured = [each for each in energies if each]
    with drawn("overview", height_in=3.4) as canvas:
        (axis,) = canvas.axes
        models = list(dict.fromkeys(view.row.model for view in known))
        for view, energy in zip(known, energies, strict=True):
            number = models.index(view.row.model)
            size = 40 if not energy else 40 + 260 * energy / max(measured)
            axis.scatter(
                [_latency_ns(view) / 1e3],
                [view.row.accuracy],
                s=size,
                color=palette(number),
                marker=MARKERS[number % len(MARKERS)],
                alpha=0.75,
            )
        log_axis(axis.xaxis)
        axis.margins(0.15)
        _label(axis, known)
        axis.set_xlabel("time a sample (us): median latency, Offline 1/throughput")
        axis.set_ylabel(f"accuracy ({known[0].row.accuracy_unit or known[0].result.quality})")
    best = max(known, key=lambda view: view.row.accuracy or 0.0)
    fastest = min(known, key=_latency_ns)
    said = ""
    if measured:
        most = joules(max(measured))
        said = f" The larger the mark, the more energy an inference takes: up to {most}."
    return [
        Plot(
            canvas.svg,
            "Accuracy against time" + (" and energy" if measured else ""),
            f"{len(known)} runs: the most accurate is {best.title}, the fastest {fastest.title} "
            f"with {duration(round(_latency_ns(fastest)))} a sample.{said}",
            said.strip(),
        )
    ]


def _label(axis: Any, views: Sequence[RunView]) -> None:
    """Write each run's name beside its mark, none over another; a line leads to one far off."""
    axis.get_xlim()  # settles the scales, and with them where the marks are
    taken: list[Any] = []
    for view in sorted(views, key=_latency_ns):
        mark = (_latency_ns(view) / 1e3, view.row.accuracy)
        text = f"{view.row.variant or view.row.model} {view.row.scenario}"
        label = axis.annotate(text, mark, LABEL_PLACES[0], textcoords="offset points", fontsize=7)
        for place in LABEL_PLACES:
            label.set_position(place)
            box = label.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                break
        taken.append(box)
        if place not in NEAR:
            line = {"arrowstyle": "-", "linewidth": 0.6, "color": COLOURS["faint"]}
            axis.annotate("", mark, place, textcoords="offset points", arrowprops=line)


def _latency_ns(view: RunView) -> float:
    """Return the time a sample takes; 0 where it is not known."""
    row = view.row
    if row.instructions_per_inference is not None:
        return 0.0
    middle = row.device_p50_ns or row.p50_ns
    if middle:
        return middle / (view.result.samples_per_query or 1)
    rate = row.device_samples_per_second or row.samples_per_second
    return 1e9 / rate if rate else 0.0
