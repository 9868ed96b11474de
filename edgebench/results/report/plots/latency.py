"""Plot latency: its distribution, and its course along the test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import duration
from edgebench.results.report.drawing import (
    COLOURS,
    Canvas,
    Plot,
    drawn,
    envelope,
    span_axis,
    wide_axis,
)
from edgebench.results.report.view import RunView
from edgebench.results.summary.series import SHOWN
from edgebench.rundir.contents.times import Times

BINS = 60
LEAST_QUERIES = 10
PERCENTILES = (50, 90, 99)
SHOWN_PERCENT = 99.5
"""What is slower than this is right of the plot."""
Floats = NDArray[np.float64]
FIRST = COLOURS["first"]
ALL = "latency of a query, with its wait (LoadGen)"
STEP = 14
"""Percents from one line's text to the next one's: none is written over another."""


def distribution(view: RunView, name: str) -> Plot | None:
    """Histogram and cumulative distribution of inference times, with LoadGen's percentiles.

    Where LoadGen's latency is another thing, for it has the wait in the queue, its percentiles are
    a line of their own; the percentile that the scenario is judged by is marked.
    """
    times = timed(view)
    if times is None:
        return None
    values, what = latencies_us(view, times)
    low, high = float(values.min()), float(np.percentile(values, SHOWN_PERCENT))
    if not 0 < low < high:
        return None
    marked = {percent: float(np.percentile(values, percent)) for percent in PERCENTILES}
    waited = _loadgen_us(view)
    decides = _deciding(view)
    right = max([high, *waited.values(), *(() if decides is None else decides[1:])])
    with drawn(name, 2, 4.2, (2, 2)) as canvas:
        upper, lower = canvas.axes
        # Equal steps of a logarithm: a long tail leaves the rest more than a bar.
        bars = upper.hist(values[values <= high], np.geomspace(low, high, BINS + 1), color=FIRST)
        for count, begin, end, bar in zip(bars[0], bars[1], bars[1][1:], bars[2], strict=False):
            canvas.tip(bar, f"{count:,.0f} queries from {_text(begin)} to {_text(end)}")
        upper.set_ylabel("queries")
        ordered = np.sort(values)
        shares = np.arange(1, ordered.size + 1) / ordered.size
        lower.plot(ordered, 100 * shares, color=FIRST, label=what)
        span_axis(lower.xaxis, low, right)
        lower.set_ylim(0, 104)
        lower.set_ylabel("% at or below")
        lower.set_xlabel("time (us)" if waited else f"{what} (us)")
        for place, (percent, value) in enumerate(marked.items()):
            line = lower.axvline(value, color=COLOURS["faint"], linewidth=0.8)
            canvas.tip(line, f"p{percent} of the {what}: {_text(value)}")
            _annotate(lower, f"p{percent}", value, 3 + STEP * place, "faint")
        if waited:
            shown = [float(percentile.removeprefix("p")) for percentile in waited]
            lower.plot(list(waited.values()), shown, color=COLOURS["second"], marker=".", label=ALL)
            lower.legend(loc="lower right", fontsize=8)
        if decides is not None:
            line = lower.axvline(decides[1], color=COLOURS["second"], linewidth=1.6)
            canvas.tip(line, _judged(*decides))
            _annotate(lower, f"{decides[0]}, LoadGen", decides[1], 3 + STEP * 3, "second")
    judged = "" if decides is None else f" The scenario is judged by {_judged(*decides)}."
    return Plot(
        canvas.svg,
        "How long it takes",
        f"Histogram and cumulative distribution of the {what}: half take at most "
        f"{_text(marked[50])}, 99 % at most {_text(marked[99])}.{judged}",
        f"{_kept(view, values, high)}{judged}",
    )


def _annotate(axis: Any, text: str, x: float, y: float, colour: str) -> None:
    """Write a text at a line, at a height where no other has its own."""
    axis.annotate(
        text, (x, y), (3, 0), textcoords="offset points", fontsize=8, color=COLOURS[colour]
    )


def _judged(name: str, us: float) -> str:
    return f"LoadGen's {name} latency, {_text(us)}"


def _deciding(view: RunView) -> tuple[str, float] | None:
    """Return the percentile that the scenario is judged by, and its latency in microseconds."""
    record = view.run.record
    name = SHOWN[scenario_called(record.scenario).name]
    ns = record.query_latency_ns.get(name)
    return None if ns is None or record.device is not None else (name, ns / 1e3)


def _loadgen_us(view: RunView) -> dict[str, float]:
    """Return LoadGen's percentiles in microseconds, where queries wait before they are run."""
    record = view.run.record
    if scenario_called(record.scenario).name != "server":
        return {}
    found = {name: ns / 1e3 for name, ns in record.query_latency_ns.items() if name[:1] == "p"}
    return dict(sorted(found.items(), key=lambda each: float(each[0].removeprefix("p"))))


def over_time(view: RunView, name: str) -> Plot | None:
    """Latency along the test, with the machine's temperature and clock below it."""
    times = timed(view)
    if times is None:
        return None
    order = np.argsort(times.ended_ns, kind="stable")
    values, what = latencies_us(view, times)
    seconds = (times.ended_ns[order] - times.ended_ns[order][0]) / 1e9
    states = _states(view, int(times.ended_ns.min()), int(times.ended_ns.max()))
    ratios = (3, *(1 for _ in states))
    with drawn(name, len(ratios), 2.7 + 1.0 * len(states), ratios) as canvas:
        envelope(canvas.axes[0], seconds, values[order])
        canvas.axes[0].set_ylabel("us")
        _mark_deciding(canvas, view, values)
        for axis, (label, (when, state)) in zip(canvas.axes[1:], states.items(), strict=True):
            axis.plot(when, state, color=COLOURS["third"], marker=".", markersize=3)
            axis.set_ylabel(label)
        canvas.axes[-1].set_xlabel("seconds since the first answer")
    trend = _trend(view)
    return Plot(
        canvas.svg,
        "Along the test",
        f"The {what} along the test: the line is the median, the band reaches from the fastest to "
        f"the slowest of each moment. {trend}",
        f"The line is the median of a moment, the band its fastest and slowest. {trend}".strip(),
    )


def _mark_deciding(canvas: Canvas, view: RunView, values: Floats) -> None:
    """Put the latency on a log axis, with a line at the figure that the scenario is judged by."""
    decides, axis = _deciding(view), canvas.axes[0]
    positive = values[values > 0]
    if not positive.size:
        return
    ends = [float(positive.min()), float(positive.max())]
    if decides is not None and decides[1] > 0:
        line = axis.axhline(decides[1], color=COLOURS["second"], linewidth=1.2, linestyle="--")
        canvas.tip(line, _judged(*decides))
        axis.annotate(
            f"{decides[0]}, LoadGen",
            (1, decides[1]),
            (0, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=8,
            ha="right",
            color=COLOURS["second"],
        )
        ends.append(decides[1])
    wide_axis(axis.yaxis, min(ends), max(ends))


def timed(view: RunView) -> Times | None:
    """Return a run's times, if they are enough and are times: an emulator counts instructions."""
    times = view.times
    if times is None or times.invoke_ns.size < LEAST_QUERIES:
        return None
    return None if view.run.record.instructions_per_inference else times


def latencies_us(view: RunView, times: Times) -> tuple[Floats, str]:
    """Return what is plotted of each query, in microseconds, and what that is called."""
    if view.run.record.is_one_query:
        return times.per_sample_ns / 1e3, "inference time of a sample"
    what = "inference time of a query"
    on_device = view.run.record.device is not None
    return times.invoke_ns / 1e3, f"{what}, the device's clock" if on_device else what


def _kept(view: RunView, values: Floats, high: float) -> str:
    """Say how many queries the histogram has, and what is right of it."""
    record = view.run.record
    if record.performance is None or record.is_one_query:
        return "Each is a piece of the query; its time is shared by its samples."
    slowest = int(np.count_nonzero(values > high))
    return (
        f"{values.size:,} of {record.performance.queries_of_all_tests:,} queries are kept; "
        f"{slowest:,} that took longer than {_text(high)} are right of the plot."
    )


def _trend(view: RunView) -> str:
    drift = next((each for each in view.run.record.drift if each.what == "latency"), None)
    if drift is None:
        return ""
    verdict = "a drift" if drift.matters else "not significant, or small"
    return f"From beginning to end {drift.share:+.1%} (p = {drift.p_value:.2g}): {verdict}."


def _states(view: RunView, begin: int, end: int) -> dict[str, tuple[Floats, Floats]]:
    """Return temperature and frequency during the test, as far as the machine tells."""
    timeline = view.timeline
    if timeline is None:
        return {}
    when = np.array(timeline.t_ns, float)
    inside = (when >= begin - 1e9) & (when <= end + 1e9)
    found = {}
    for label, column in (("deg C", timeline.temperature_c), ("MHz", timeline.frequency_mhz)):
        values = np.array([np.nan if each is None else each for each in column], float)
        if np.isfinite(values[inside]).any():
            found[label] = ((when[inside] - begin) / 1e9, values[inside])
    return found


def _text(us: float) -> str:
    return duration(round(us * 1e3))
