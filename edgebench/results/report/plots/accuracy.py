"""Accuracy with its interval."""

from __future__ import annotations

from edgebench.results.report.drawing import COLOURS, Plot, drawn
from edgebench.results.report.view import RunView
from edgebench.rundir.records.accuracy import AccuracyRecord, SecondaryMetric


def accuracy(view: RunView, name: str) -> Plot | None:
    """Accuracy with its interval, the target, and the best that is possible."""
    found = view.run.record.accuracy
    if found is None:
        return None
    quality = view.result.workload.quality
    with drawn(name, height_in=1.2) as canvas:
        (axis,) = canvas.axes
        ends = [[max(found.value - found.low, 0.0)], [max(found.high - found.value, 0.0)]]
        axis.errorbar([found.value], [0], xerr=ends, fmt="o", color=COLOURS["first"], capsize=5)
        for value, words, place, colour, style in (
            (found.target, "target", 0.6, COLOURS["bad"], "--"),
            (found.best, "best possible", -0.9, COLOURS["first"], ":"),
        ):
            if value is not None:
                axis.axvline(value, color=colour, linestyle=style, linewidth=1.2)
                axis.annotate(words, (value, place), fontsize=8, color=colour)
        axis.set_yticks([])
        axis.set_ylim(-1, 1)
        axis.margins(x=0.15)
        axis.set_xlabel(f"{quality} {found.unit}".strip())
    said = f"{found.value:.4g}{found.unit} on {found.samples:,} samples"
    interval = f"{found.low:.4g} to {found.high:.4g}"
    more = _more(found)
    return Plot(
        canvas.svg,
        "Accuracy",
        f"{quality} {said}, 95 % interval {interval} ({found.interval_method}).{more}",
        f"{said}, {interval}.{more} {view.run.record.dataset.limits}".strip(),
    )


def _more(found: AccuracyRecord) -> str:
    """Say what else is known: the target, the best possible, other metrics."""
    said = []
    if found.target is not None:
        said.append(f"The target {found.target:g} is {'met' if found.passed else 'NOT met'}.")
    if found.best is not None:
        said.append(f"The best possible is {found.best:.4g}.")
    said += [_secondary(each) for each in found.secondary]
    return "".join(f" {each}" for each in said)


def _secondary(each: SecondaryMetric) -> str:
    if each.value is None:
        return f"{each.metric}: an answer was not a number."
    interval = ""
    if each.low is not None and each.high is not None:
        interval = f", {each.low:.4g} to {each.high:.4g}"
    best = "" if each.best is None else f", at best {each.best:.4g}"
    return f"{each.metric} {each.value:.4g} {each.unit}{interval}{best}."
