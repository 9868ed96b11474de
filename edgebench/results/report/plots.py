"""The plots of one run. Each says in words what it shows: not everybody sees it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edgebench.mlperf.scenarios import scenario_called
from edgebench.results.formatting import duration, joules, watts
from edgebench.results.report.drawing import COLOURS, SERIES, Plot, drawn, log_axis
from edgebench.results.report.view import RunView
from edgebench.rundir.record import PeakStep
from edgebench.rundir.times import Times

BINS = 60
COLUMNS = 240
"""As many stretches of time as a plot has columns; each shows its middle and its extremes."""
LAYERS_SHOWN = 15
Floats = NDArray[np.float64]


def run_plots(view: RunView, number: int) -> tuple[list[Plot], list[str]]:
    """Return the plots that a run's files allow, and what could not be drawn.

    Parameters
    ----------
    number
        Tells it from the page's other runs.
    """
    makers: tuple[Callable[[RunView, str], Plot | None], ...] = (
        distribution,
        over_time,
        power,
        accuracy,
        confusion,
        layers,
        peak,
    )
    plots: list[Plot] = []
    problems: list[str] = []
    for make in makers:
        try:
            plot = make(view, f"{make.__name__}-{number}")
        except (TypeError, ValueError, LookupError, OverflowError, ArithmeticError) as error:
            # Values that were edited by hand: a plot must not cost the page.
            problems.append(f"could not be drawn: {make.__name__.replace('_', ' ')}: {error}")
            continue
        if plot is not None:
            plots.append(plot)
    return plots, problems


def _timed(view: RunView) -> Times | None:
    """Return a run's times, if they are enough and are times: an emulator counts instructions."""
    times = view.times
    if times is None or times.invoke_ns.size < 10 or view.row.instructions_per_inference:
        return None
    return times


def _latencies_us(view: RunView, times: Times) -> tuple[Floats, str]:
    """Return what is plotted of each query, in microseconds, and what that is called."""
    if scenario_called(view.row.scenario).samples_per_query == 0:
        return times.per_sample_ns / 1e3, "inference time of a sample"
    what = "inference time of a query"
    return times.invoke_ns / 1e3, f"{what}, the device's clock" if view.row.device else what


def distribution(view: RunView, name: str) -> Plot | None:
    """Histogram and cumulative distribution of latency, with LoadGen's percentiles."""
    times = _timed(view)
    if times is None:
        return None
    values, what = _latencies_us(view, times)
    low, high = float(values.min()), float(np.percentile(values, 99.5))
    if not low < high:
        return None
    with drawn(name, 2, 4.2, (2, 2)) as canvas:
        upper, lower = canvas.axes
        upper.hist(values[values <= high], BINS, color=COLOURS["first"])
        upper.set_ylabel("queries")
        ordered = np.sort(values)
        shares = np.arange(1, ordered.size + 1) / ordered.size
        lower.plot(ordered, 100 * shares, color=COLOURS["first"])
        lower.set_xlim(low - (high - low) / 50, high + (high - low) / 50)
        lower.set_ylim(0, 101)
        lower.set_ylabel("% at or below")
        lower.set_xlabel(f"{what} (us)")
        for percent in (50, 90, 99):
            value = float(np.percentile(values, percent))
            lower.axvline(value, color=COLOURS["second"], linewidth=1)
            lower.annotate(f"p{percent}", (value, 3), fontsize=8, color=COLOURS["second"])
    slowest = int(np.count_nonzero(values > high))
    middle, late = (float(np.percentile(values, p)) for p in (50, 99))
    performance = view.run.record.performance
    return Plot(
        canvas.svg,
        "How long it takes",
        f"Histogram and cumulative distribution of the {what}: half take at most "
        f"{duration(round(middle * 1e3))}, 99 % at most {duration(round(late * 1e3))}.",
        f"{values.size:,} of {performance.queries_of_all_tests:,} queries are kept; "
        f"{slowest:,} that took longer than {duration(round(high * 1e3))} are right of the plot."
        if performance and scenario_called(view.row.scenario).samples_per_query
        else "Each is a piece of the query; its time is shared by its samples.",
    )


def over_time(view: RunView, name: str) -> Plot | None:
    """Latency along the test, with the machine's temperature and clock below it."""
    times = _timed(view)
    if times is None:
        return None
    order = np.argsort(times.ended_ns, kind="stable")
    values, what = _latencies_us(view, times)
    seconds = (times.ended_ns[order] - times.ended_ns[order][0]) / 1e9
    states = _states(view, int(times.ended_ns.min()), int(times.ended_ns.max()))
    ratios = (3, *(1 for _ in states))
    with drawn(name, len(ratios), 2.7 + 1.0 * len(states), ratios) as canvas:
        _envelope(canvas.axes[0], seconds, values[order])
        canvas.axes[0].set_ylabel("us")
        canvas.axes[0].set_ylim(bottom=0)
        for axis, (label, (when, state)) in zip(canvas.axes[1:], states.items(), strict=True):
            axis.plot(when, state, color=COLOURS["third"], marker=".", markersize=3)
            axis.set_ylabel(label)
        canvas.axes[-1].set_xlabel("seconds since the first answer")
    drift = next((each for each in view.run.record.drift if each.what == "latency"), None)
    trend = ""
    if drift is not None:
        verdict = "a drift" if drift.matters else "no more than chance, or small"
        trend = f"From beginning to end {drift.share:+.1%} (p = {drift.p_value:.2g}): {verdict}."
    return Plot(
        canvas.svg,
        "Along the test",
        f"The {what} along the test: the line is the median, the band reaches from the fastest to "
        f"the slowest of each moment. {trend}",
        f"The line is the median of a moment, the band its fastest and slowest. {trend}".strip(),
    )


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


def _envelope(axis: object, x: Floats, y: Floats, colour: str = "first") -> None:
    """Draw many points as a median line and a band from least to most, a column each."""
    count = min(COLUMNS, x.size)
    groups = list(zip(np.array_split(x, count), np.array_split(y, count), strict=True))
    middle = [float(np.median(each)) for each, _ in groups]
    low, line, high = (
        [float(of(each)) for _, each in groups] for of in (np.min, np.median, np.max)
    )
    axis.fill_between(middle, low, high, color=COLOURS[colour], alpha=0.25, linewidth=0)  # type: ignore[attr-defined]
    axis.plot(middle, line, color=COLOURS[colour], linewidth=1.2)  # type: ignore[attr-defined]


def power(view: RunView, name: str) -> Plot | None:
    """Power over time, with the windows that energy is of, and the meter's marks."""
    samples, energy = view.power, view.run.record.energy
    if samples is None or energy is None or samples.t_ns.size < 2:
        return None
    begin = int(samples.t_ns[0])
    seconds = (samples.t_ns - begin) / 1e9
    with drawn(name) as canvas:
        (axis,) = canvas.axes
        _envelope(axis, seconds, samples.power_w, "second")
        axis.set_ylabel("W")
        axis.set_ylim(bottom=min(0.0, float(samples.power_w.min())))
        axis.set_xlabel("seconds since the meter was started")
        end = int(samples.t_ns[-1])
        for window in energy.windows:
            if window.end_ns < begin or window.start_ns > end:
                continue  # of another trial
            span = ((window.start_ns - begin) / 1e9, (window.end_ns - begin) / 1e9)
            axis.axvspan(*span, color=COLOURS["shade"], alpha=0.5, linewidth=0)
            axis.annotate(
                window.name,
                (span[0], 1.0),
                xycoords=("data", "axes fraction"),
                fontsize=8,
                va="bottom",
            )
        for mark in samples.marks_ns[:200]:
            axis.axvline((mark - begin) / 1e9, color=COLOURS["third"], linewidth=0.6)
    marks = f" {samples.marks_ns.size} marks of the device are lines." * bool(samples.marks_ns.size)
    figures = ""
    if energy.per_inference_j is not None:
        figures = (
            f"{joules(energy.per_inference_j)} an inference, {watts(energy.average_w)} on average, "
            f"{watts(energy.peak_w)} at most, {watts(energy.idle_w)} idle."
        )
    return Plot(
        canvas.svg,
        "Power",
        f"Power over time by {energy.meter.get('name', 'a meter')}; the windows that energy is "
        f"reckoned over are shaded.{marks} {figures}",
        f"{figures} {'Estimated: the meter does not see all of the load.' * view.row.energy_is_estimate}"  # noqa: E501
        f" {energy.problem}".strip(),
    )


def accuracy(view: RunView, name: str) -> Plot | None:
    """Accuracy with its interval and the target."""
    found = view.run.record.accuracy
    if found is None:
        return None
    with drawn(name, height_in=1.2) as canvas:
        (axis,) = canvas.axes
        ends = [[found.value - found.low], [found.high - found.value]]
        axis.errorbar([found.value], [0], xerr=ends, fmt="o", color=COLOURS["first"], capsize=5)
        if found.target is not None:
            axis.axvline(found.target, color=COLOURS["bad"], linestyle="--", linewidth=1.2)
            axis.annotate("target", (found.target, 0.6), fontsize=8, color=COLOURS["bad"])
        if found.best is not None:
            axis.axvline(found.best, color=COLOURS["first"], linestyle=":", linewidth=1.2)
            axis.annotate("best possible", (found.best, -0.9), fontsize=8, color=COLOURS["first"])
        axis.set_yticks([])
        axis.set_ylim(-1, 1)
        axis.margins(x=0.15)
        axis.set_xlabel(f"{view.result.quality} {found.unit}".strip())
    target = (
        ""
        if found.target is None
        else (f" The target {found.target:g} is {'met' if found.passed else 'NOT met'}.")
    )
    interval = f"{found.low:.4g} to {found.high:.4g}"
    best = "" if found.best is None else f" The best possible is {found.best:.4g}."
    others = "".join(
        f" {each.metric} {each.value:.4g} {each.unit}, {each.low:.4g} to {each.high:.4g}"
        f"{'' if each.best is None else f', at best {each.best:.4g}'}."
        for each in found.secondary
        if each.value is not None
    )
    target += best + others
    return Plot(
        canvas.svg,
        "Accuracy",
        f"{view.result.quality} {found.value:.4g}{found.unit} on {found.samples:,} samples, 95 % "
        f"interval {interval} ({found.interval_method}).{target}",
        f"{found.value:.4g}{found.unit} on {found.samples:,} samples, {interval}.{target} "
        f"{view.run.record.dataset.limits}".strip(),
    )


def confusion(view: RunView, name: str) -> Plot | None:
    """Which class was answered with which."""
    found = view.confusion
    if found is None:
        return None
    count = len(found.classes)
    shares = found.counts / np.maximum(found.counts.sum(axis=1, keepdims=True), 1)
    with drawn(name, height_in=max(3.2, 0.28 * count + 1.2)) as canvas:
        (axis,) = canvas.axes
        axis.grid(False)
        for row, column in np.argwhere(found.counts > 0):
            right = row == column
            axis.add_patch(
                _square(
                    column, row, COLOURS["first" if right else "bad"], float(shares[row, column])
                )
            )
            if count <= 20:
                ink = COLOURS["paper" if shares[row, column] > 0.5 else "ink"]
                axis.annotate(
                    f"{found.counts[row, column]}",
                    (column, row),
                    ha="center",
                    va="center",
                    fontsize=7,
                    color=ink,
                )
        axis.set_xlim(-0.5, count - 0.5)
        axis.set_ylim(count - 0.5, -0.5)
        small = {"fontsize": 8 if count <= 30 else 5}
        axis.set_xticks(range(count), found.classes, rotation=60, ha="right", **small)
        axis.set_yticks(range(count), found.classes, **small)
        axis.set_xlabel("answer")
        axis.set_ylabel("true class")
    wrong = found.counts.copy()
    np.fill_diagonal(wrong, 0)
    worst = ""
    if wrong.any():
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        worst = (
            f"Most often mistaken: {found.classes[row]} for {found.classes[column]} "
            f"({wrong[row, column]} times)."
        )
    total = int(found.counts.sum())
    return Plot(
        canvas.svg,
        "Which class for which",
        f"Confusion matrix of {count} classes: {total - int(wrong.sum()):,} of {total:,} are on "
        f"the diagonal. {worst}",
        worst,
    )


def _square(x: int, y: int, colour: str, share: float) -> object:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, color=colour, alpha=0.12 + 0.78 * share, linewidth=0)


def layers(view: RunView, name: str) -> Plot | None:
    """The most expensive layers."""
    found = view.layers
    if found is None or not found.layers or found.whole <= 0:
        return None
    most = sorted(found.layers, key=lambda layer: -layer.cost)[:LAYERS_SHOWN]
    with drawn(name, height_in=0.28 * len(most) + 1.0) as canvas:
        (axis,) = canvas.axes
        labels = [f"{layer.index} {layer.op}" for layer in most]
        costs = [max(layer.cost, 0.0) for layer in most]
        spread = [(layer.spread or 0.0) / 2 for layer in most]
        axis.barh(
            labels,
            costs,
            color=COLOURS["first"],
            xerr=spread if any(spread) else None,
            ecolor=COLOURS["faint"],
        )
        axis.invert_yaxis()
        axis.tick_params(axis="y", labelsize=8)
        axis.set_xlim(left=0)
        axis.set_xlabel(f"{found.unit} an inference")
    first = most[0]
    return Plot(
        canvas.svg,
        "Where the time goes",
        f"The most expensive layers on {found.where}: {first.op} (op {first.index}) takes "
        f"{first.cost / found.whole:.0%} of {found.whole:,.1f} {found.unit}.",
        f"{found.where}, {found.method}; bars are the middle half of the rounds."
        if any(spread)
        else f"{found.where}, {found.method}.",
    )


def _rate(step: PeakStep) -> float:
    return step.target_qps


def _p99_ms(step: PeakStep) -> float:
    return step.p99_ns / 1e6


def peak(view: RunView, name: str) -> Plot | None:
    """The rates that the search for the peak tried."""
    steps = view.run.record.peak_search
    if not steps:
        return None
    bound = view.run.record.performance.latency_bound_ms if view.run.record.performance else None
    with drawn(name) as canvas:
        (axis,) = canvas.axes
        for met, colour, label in ((True, "first", "held"), (False, "bad", "not held")):
            chosen = [step for step in steps if step.met == met]
            rates, latencies = ([f(s) for s in chosen] for f in (_rate, _p99_ms))
            axis.scatter(
                rates, latencies, color=COLOURS[colour], marker="o" if met else "x", label=label
            )
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


def palette(number: int) -> str:
    """Return a series' colour."""
    return COLOURS[SERIES[number % len(SERIES)]]
