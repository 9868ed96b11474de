"""Which of several models is worth having: none other is better in both respects."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from edgebench.errors import RuntimeMissing
from edgebench.logs import hushed
from edgebench.training.siblings.reduce import Sibling

Cost = Literal["size_bytes", "macs", "latency_ns"]
COSTS: dict[Cost, str] = {"size_bytes": "bytes", "macs": "MACs", "latency_ns": "latency, ns"}


def front(siblings: Sequence[Sibling], cost: Cost) -> list[Sibling]:
    """Return the siblings that no other beats in cost without being worse in accuracy."""

    def beaten(one: Sibling) -> bool:
        return any(
            getattr(other, cost) <= getattr(one, cost)
            and other.accuracy >= one.accuracy
            and (getattr(other, cost), other.accuracy) != (getattr(one, cost), one.accuracy)
            for other in siblings
        )

    return sorted((s for s in siblings if not beaten(s)), key=lambda each: getattr(each, cost))


def to_csv(siblings: Sequence[Sibling]) -> str:
    """Return a line a sibling."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ("name", "variant", "size_bytes", "macs", "latency_ns", "accuracy")
    writer.writerow((*names, *(f"front_{cost}" for cost in COSTS)))
    fronts = {cost: front(siblings, cost) for cost in COSTS}
    for each in siblings:
        flags = (each in fronts[cost] for cost in COSTS)
        writer.writerow((*(getattr(each, name) for name in names), *flags))
    return text.getvalue()


@hushed("matplotlib")
def plot(siblings: Sequence[Sibling], path: Path, title: str) -> None:
    """Draw accuracy against bytes, MACs and latency, as SVG.

    Raises
    ------
    RuntimeMissing
        If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise RuntimeMissing(
            "the plot needs matplotlib: `pip install 'edgebench[report]'`"
        ) from error
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(COSTS), figsize=(13, 4.5), sharey=True)
    for axis, (cost, label) in zip(axes, COSTS.items(), strict=True):
        for variant, marker in (("float32", "o"), ("int8", "s")):
            chosen = [each for each in siblings if each.variant == variant]
            axis.scatter(
                [getattr(each, cost) for each in chosen],
                [each.accuracy for each in chosen],
                marker=marker,
                label=variant,
            )
            for each in chosen:
                axis.annotate(
                    (each.name.partition("-w")[2] and "w" + each.name.rpartition("-w")[2])
                    or each.name.rpartition("-")[2],
                    (getattr(each, cost), each.accuracy),
                    fontsize=7,
                    xytext=(4, 3),
                    textcoords="offset points",
                )
        best = front(siblings, cost)
        axis.plot([getattr(s, cost) for s in best], [s.accuracy for s in best], lw=1, alpha=0.5)
        axis.set_xscale("log")
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy")
    axes[0].legend()
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
