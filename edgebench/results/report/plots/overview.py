"""All runs together: accuracy against time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgebench.metrics import metric_called
from edgebench.results.formatting import duration, joules
from edgebench.results.report.drawing import COLOURS, Canvas, Plot, drawn, log_axis, palette
from edgebench.results.report.view import RunView
from edgebench.rundir.records.run import RunRecord

MARKERS = "osD^vP*X"
SMALLEST, GROWTH = 40, 260
"""Areas of marks, in square points."""
NEAR = ((5, 4), (5, -10))
LABEL_PLACES = (*NEAR, *((14, step * way) for step in (16, 28, 40) for way in (1, -1)))
"""Where a label may stand next to its mark, in points; the first that is free is taken."""


@dataclass(frozen=True)
class Mark:
    """A run in the plot; ``energy_j`` is per inference, 0 where it is not known.

    ``unit`` is what its accuracy is measured in: ``%``, or a metric without a unit, ``AUC``.
    """

    label: str
    anchor: str
    model: str
    time_ns: float
    accuracy: float
    unit: str
    energy_j: float


def overview_plots(views: Sequence[RunView]) -> list[Plot]:
    """Return accuracy against latency, where at least two runs have both; energy is the size.

    There is a plot for each unit of accuracy: an AUC has no place on an axis of percents.
    """
    marks = [mark for view in views if (mark := _mark(view)) is not None]
    units = dict.fromkeys(mark.unit for mark in marks)
    groups = [[mark for mark in marks if mark.unit == unit] for unit in units]
    return [_plot(group, number) for number, group in enumerate(groups, 1) if len(group) > 1]


def _plot(marks: Sequence[Mark], number: int) -> Plot:
    most_j = max(mark.energy_j for mark in marks)
    models = list(dict.fromkeys(mark.model for mark in marks))
    with drawn(f"overview-{number}", height_in=3.4) as canvas:
        (axis,) = canvas.axes
        for mark in marks:
            number = models.index(mark.model)
            points = axis.scatter(
                [mark.time_ns / 1e3],
                [mark.accuracy],
                s=SMALLEST + (GROWTH * mark.energy_j / most_j if most_j else 0.0),
                color=palette(number),
                marker=MARKERS[number % len(MARKERS)],
                alpha=0.75,
            )
            canvas.tip(points, _tip(mark), mark.anchor)
        log_axis(axis.xaxis)
        axis.margins(0.15)
        _label(canvas, marks, len(models) > 1)
        axis.set_xlabel("time per sample (us): median latency, Offline 1/throughput")
        axis.set_ylabel(f"accuracy ({marks[0].unit})")
    best, fastest = max(marks, key=lambda mark: mark.accuracy), min(marks, key=_time)
    said = ""
    if most_j:
        said = f" The larger the mark, the more energy per inference: up to {joules(most_j)}."
    return Plot(
        canvas.svg,
        "Accuracy against time" + (" and energy" if most_j else ""),
        f"{len(marks)} runs: the most accurate is {best.label}, the fastest {fastest.label} "
        f"with {duration(round(fastest.time_ns))} per sample.{said}",
        said.strip(),
    )


def _mark(view: RunView) -> Mark | None:
    """Return a run's mark; None without an accuracy or a time."""
    record = view.run.record
    samples_per_query = view.result.conditions.samples_per_query or 1
    time_ns = _time_per_sample_ns(record, samples_per_query)
    if record.accuracy is None or not time_ns:
        return None
    energy_j = record.energy.per_inference_j if record.energy else None
    return Mark(
        label=view.label,
        anchor=view.anchor,
        model=record.model.name,
        time_ns=time_ns,
        accuracy=record.accuracy.value,
        unit=record.accuracy.unit or metric_called(record.accuracy.metric).shown_name,
        energy_j=max(energy_j or 0.0, 0.0),  # below 0: lost in the meter's offset
    )


def _time_per_sample_ns(record: RunRecord, samples_per_query: int) -> float:
    """Return the time that a sample takes; 0 where it is not known."""
    if record.instructions_per_inference is not None:
        return 0.0
    middle, rate = record.own_latency_ns.get("p50"), record.own_samples_per_second
    if middle:
        return middle / samples_per_query
    return 1e9 / rate if rate else 0.0


def _time(mark: Mark) -> float:
    return mark.time_ns


def _tip(mark: Mark) -> str:
    energy = f", {joules(mark.energy_j)} per inference" if mark.energy_j else ""
    return (
        f"{mark.label}: {mark.accuracy:.4g} {mark.unit}, {duration(round(mark.time_ns))} per "
        f"sample{energy}"
    )


def _label(canvas: Canvas, marks: Sequence[Mark], with_model: bool) -> None:
    """Write each run's name next to its mark, none over another; a line leads to one far off.

    Names of marks in the right half end at the mark: the axes keep their width.
    """
    (axis,) = canvas.axes
    axis.get_xlim()  # settles the scales, and with them where the marks are
    taken: list[Any] = []
    for mark in sorted(marks, key=_time):
        place = (mark.time_ns / 1e3, mark.accuracy)
        is_right = axis.transAxes.inverted().transform(axis.transData.transform(place))[0] > 0.5
        label = axis.annotate(
            mark.label if with_model else mark.label.removeprefix(mark.model).lstrip(),
            place,
            LABEL_PLACES[0],
            textcoords="offset points",
            fontsize=7,
            ha="right" if is_right else "left",
        )
        canvas.tip(label, _tip(mark), mark.anchor)
        for x, y in LABEL_PLACES:
            offset = (-x, y) if is_right else (x, y)
            label.set_position(offset)
            box = label.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                break
        taken.append(box)
        if (x, y) not in NEAR:
            line = {"arrowstyle": "-", "linewidth": 0.6, "color": COLOURS["faint"]}
            axis.annotate("", place, offset, textcoords="offset points", arrowprops=line)
