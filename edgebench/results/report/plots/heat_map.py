"""How much a machine serves within a bound: peak rates over batch and co-located instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgebench.results.formatting import duration
from edgebench.results.report.drawing import COLOURS, Plot, drawn
from edgebench.results.report.view import RunView
from edgebench.runtime_settings import RuntimeSettings

LEAST_CELLS = 2


@dataclass(frozen=True)
class Cell:
    """The best run at a batch and a number of instances."""

    batch: int
    instances: int
    rate: float
    p99_ns: int | None
    invoke_ns: int | None

    @property
    def text(self) -> str:
        """Its text."""
        rate = f"{self.rate:,.4g}/s" if self.rate else "none held"
        return rate if self.p99_ns is None else f"{rate}\np99 {duration(self.p99_ns)}"


@dataclass(frozen=True)
class Group:
    """The facts that runs of one map have in common."""

    model: str
    variant: str
    runtime: str
    settings: RuntimeSettings
    bound_ms: float | None
    query_size: str


def heat_maps(views: Sequence[RunView]) -> list[Plot]:
    """Return a map for each model whose Server peak was searched at several settings."""
    groups: dict[Group, list[RunView]] = {}
    for view in views:
        record = view.run.record
        if record.peak_search and record.performance is not None:
            group = Group(
                model=record.model.name,
                variant=record.model.variant,
                runtime=record.sut.name,
                settings=replace(record.sut.settings, batch=1, instances=1),
                bound_ms=record.performance.latency_bound_ms,
                query_size=record.dataset.query_size,
            )
            groups.setdefault(group, []).append(view)
    maps = [(group, _cells(of_it)) for group, of_it in groups.items()]
    return [
        _map(group, cells, f"heat-{number}")
        for number, (group, cells) in enumerate(maps)
        if len(cells) >= LEAST_CELLS
    ]


def _cells(views: Sequence[RunView]) -> list[Cell]:
    best: dict[tuple[int, int], Cell] = {}
    for view in views:
        record = view.run.record
        performance = record.performance
        if performance is None:
            continue
        place = (record.sut.settings.batch, record.sut.settings.instances)
        rate = (performance.target_qps or 0.0) if performance.valid else 0.0
        p99_ns = record.query_latency_ns.get("p99")
        cell = Cell(*place, rate, p99_ns, performance.overhead.invoke_p50_ns or None)
        if place not in best or cell.rate > best[place].rate:
            best[place] = cell
    return [best[place] for place in sorted(best)]


def _map(group: Group, cells: Sequence[Cell], name: str) -> Plot:
    from matplotlib.patches import Rectangle

    batches = sorted({cell.batch for cell in cells})
    instances = sorted({cell.instances for cell in cells})
    most = max(cell.rate for cell in cells) or 1.0
    with drawn(name, height_in=1.1 + 0.62 * len(instances)) as canvas:
        (axis,) = canvas.axes
        axis.grid(False)
        for cell in cells:
            x, y = batches.index(cell.batch), instances.index(cell.instances)
            strength = 0.06 + 0.6 * cell.rate / most
            axis.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, color=COLOURS["first"], alpha=strength)
            )
            axis.text(x, y, cell.text, ha="center", va="center", fontsize=8)
        axis.set_xticks(range(len(batches)), [str(batch) for batch in batches])
        axis.set_yticks(range(len(instances)), [str(count) for count in instances])
        axis.set_xlim(-0.5, len(batches) - 0.5)
        axis.set_ylim(-0.5, len(instances) - 0.5)
        axis.set_xlabel("batch")
        axis.set_ylabel("instances")
    top = max(cells, key=lambda cell: cell.rate)
    queries = f", queries of {group.query_size}" if group.query_size else ""
    where = (
        f"batch {top.batch} on {top.instances} instance{'s' * (top.instances > 1)} of "
        f"{replace(group.settings, runtime=None)!s}"
    )
    bound = "its bound" if group.bound_ms is None else f"{group.bound_ms:g} ms"
    return Plot(
        canvas.svg,
        f"Latency-bounded throughput: {group.model} {group.variant}",
        f"The largest rate whose 99th percentile holds {bound}{queries}, by batch and "
        f"instances: best {top.rate:,.4g} queries/s with {where}.",
        f"Bound: p99 within {bound}{queries}. Best: {top.rate:,.4g} queries/s with "
        f"{where}. {_cost_of_neighbours(cells)}".strip(),
    )


def _cost_of_neighbours(cells: Sequence[Cell]) -> str:
    """Say how much longer an invocation takes next to others, at each batch."""
    said = []
    for alone in cells:
        if alone.instances != 1 or not alone.invoke_ns:
            continue
        for cell in cells:
            if cell.batch == alone.batch and cell.instances > 1 and cell.invoke_ns:
                more = cell.invoke_ns / alone.invoke_ns - 1
                said.append(
                    f"{cell.instances} instances at batch {cell.batch}: {more:+.0%} "
                    f"({duration(cell.invoke_ns)})"
                )
    return f"What co-location costs an invocation's median: {'; '.join(said)}." if said else ""
