"""The search for the largest rate that holds the latency bound."""

from __future__ import annotations

from edgebench.results.formatting import duration
from edgebench.results.report.drawing import COLOURS, Plot, drawn, log_axis
from edgebench.results.report.view import RunView


def peak(view: RunView, name: str) -> Plot | None:
    """The rates that the search tried."""
    record = view.run.record
    steps = record.peak_search
    if not steps:
        return None
    bound = record.performance.latency_bound_ms if record.performance else None
    with drawn(name) as canvas:
        (axis,) = canvas.axes
        for met, colour, label in ((True, "first", "held"), (False, "bad", "not held")):
            for number, step in enumerate(each for each in steps if each.met == met):
                points = axis.scatter(
                    [step.target_qps],
                    [step.p99_ns / 1e6],
                    color=COLOURS[colour],
                    marker="o" if met else "x",
                    label="" if number else label,
                )
                rate = f"{step.target_qps:,.4g} queries/s"
                canvas.tip(points, f"{rate}: p99 {duration(step.p99_ns)}, {label}")
        if bound is not None:
            axis.axhline(bound, color=COLOURS["faint"], linestyle="--", linewidth=1)
        log_axis(axis.yaxis)
        axis.set_xlabel("queries/s")
        axis.set_ylabel("p99 (ms)")
        axis.legend()
    best = max((step.target_qps for step in steps if step.met), default=0.0)
    return Plot(
        canvas.svg,
        "The search for the peak",
        f"p99 latency at each rate that was tried; the largest that held its bound is "
        f"{best:,.4g} queries/s.",
    )
