"""Plot the confusion matrix."""

from __future__ import annotations

import numpy as np

from edgebench.results.report.drawing import COLOURS, Canvas, Plot, drawn
from edgebench.results.report.view import RunView
from edgebench.rundir.contents.confusion import Confusion

MOST_NUMBERED = 20
"""Classes; the cells of more are too small for figures."""
MOST_LARGE_NAMES = 30


def confusion(view: RunView, name: str) -> Plot | None:
    """The confusion matrix."""
    found = view.confusion
    if found is None:
        return None
    count = len(found.classes)
    with drawn(name, height_in=max(3.2, 0.28 * count + 1.2)) as canvas:
        (axis,) = canvas.axes
        axis.grid(False)
        _fill(canvas, found)
        axis.set_xlim(-0.5, count - 0.5)
        axis.set_ylim(count - 0.5, -0.5)
        small = {"fontsize": 8 if count <= MOST_LARGE_NAMES else 5}
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
        "Confusion matrix",
        f"Confusion matrix of {count} classes: {total - int(wrong.sum()):,} of {total:,} are on "
        f"the diagonal. {worst}",
        worst,
    )


def _fill(canvas: Canvas, found: Confusion) -> None:
    """Shade each cell that has samples by its share of its row."""
    (axis,) = canvas.axes
    shares = found.counts / np.maximum(found.counts.sum(axis=1, keepdims=True), 1)
    numbered = len(found.classes) <= MOST_NUMBERED
    for row, column in np.argwhere(found.counts > 0):
        share = float(shares[row, column])
        colour = COLOURS["first" if row == column else "bad"]
        cell = axis.add_patch(_square(column, row, colour, share))
        true, answer = found.classes[row], found.classes[column]
        count = f"{found.counts[row, column]:,} ({share:.0%})"
        canvas.tip(cell, f"{true} answered as {answer}: {count}")
        if numbered:
            axis.annotate(
                f"{found.counts[row, column]}",
                (column, row),
                ha="center",
                va="center",
                fontsize=7,
                color=COLOURS["paper" if share > 0.5 else "ink"],
            )


def _square(x: int, y: int, colour: str, share: float) -> object:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, color=colour, alpha=0.12 + 0.78 * share, linewidth=0)
