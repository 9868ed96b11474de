"""Latencies of several runs of one scenario, one over the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgebench.results.formatting import duration
from edgebench.results.report.drawing import SERIES, Plot, drawn, palette, wide_axis
from edgebench.results.report.plots.latency import latencies_us, timed
from edgebench.results.report.view import RunView

MOST_POINTS = 400
LINES = ("-", "--", ":")
MOST_RUNS = len(SERIES) * len(LINES)


def overlays(views: Sequence[RunView]) -> list[Plot]:
    """Return a plot for each scenario that at least two runs have times of."""
    groups: dict[str, list[RunView]] = {}
    for view in views:
        if timed(view) is not None:
            groups.setdefault(view.run.record.scenario, []).append(view)
    return [
        _overlay(scenario, group[:MOST_RUNS], len(group), number)
        for number, (scenario, group) in enumerate(groups.items(), 1)
        if len(group) > 1
    ]


def _overlay(scenario: str, views: Sequence[RunView], count: int, number: int) -> Plot:
    with drawn(f"overlay-{number}", height_in=3.4) as canvas:
        (axis,) = canvas.axes
        lows, highs, medians, curves = [], [], {}, {}
        for place, view in enumerate(views):
            times = timed(view)
            if times is None:
                continue
            values = latencies_us(view, times)[0]
            shares = np.linspace(0, 100, min(MOST_POINTS, values.size))
            points = np.percentile(values, shares)
            medians[view.label] = duration(round(float(np.median(values)) * 1e3))
            style = LINES[place // len(SERIES) % len(LINES)]
            (line,) = axis.plot(points, shares, color=palette(place), linestyle=style)
            curves[view.label] = line
            canvas.tip(line, f"{view.label}: median {medians[view.label]}", view.anchor)
            lows.append(max(float(points[0]), 1e-3))
            highs.append(float(np.percentile(values, 99.5)))
        wide_axis(axis.xaxis, min(lows), max(highs))
        axis.set_ylim(0, 104)
        axis.set_ylabel("% at or below")
        axis.set_xlabel("inference time (us)")
        # Given here: of a line's own label, one that begins with "_" would be left out.
        canvas.figure.legend(curves.values(), curves.keys(), loc="outside lower left", fontsize=8)
    left_out = f" The first {MOST_RUNS} of {count} runs are shown." if count > len(views) else ""
    each = "; ".join(f"{label} {median}" for label, median in medians.items())
    return Plot(
        canvas.svg,
        f"{scenario} runs overlaid",
        f"Cumulative distributions of the inference time. Medians: {each}.{left_out}",
        f"A curve further left is faster.{left_out}",
    )
