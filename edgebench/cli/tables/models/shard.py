"""Print the results of `edgebench shard`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.errors import UsageError
from edgebench.results.formatting import duration
from edgebench.sharding.placement import Placement
from edgebench.sharding.projection import Link, project
from edgebench.sharding.run import Sharded


def parse_link(text: str) -> Link:
    """Read ``MBIT,US``.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        bandwidth, latency = (float(each) for each in text.split(","))
    except ValueError:
        bandwidth = latency = 0.0
    if not 0 < bandwidth < 1e9 or not 0 <= latency < 1e9:
        raise UsageError(
            f"`link` is a bandwidth in Mbit/s and a latency in us, such as 1000,50, not {text!r}",
            field="link",
            value=text,
        )
    return Link(f"{bandwidth:g} Mbit/s, {latency:g} us", bandwidth, latency)


def print_sharded(found: Sharded, boards: Sequence[int], links: Sequence[Link]) -> None:
    """Print what was measured, then what is projected."""
    console, place = new_console(), found.placement
    console.print(
        f"{place.workers} workers, {found.batches} batches of {place.batch}: answers "
        + ("equal the whole model's" if found.equal else "[bold red]DIFFER[/bold red]")
        + f" (largest difference {found.largest_difference:.1e})"
    )
    table = new_table("worker", "tables", "table bytes", "sent per batch", "sent in all")
    for rank, sent in enumerate(found.sent_bytes):
        table.add_row(
            str(rank),
            str(len(place.tables_of(rank))),
            f"{place.table_bytes(rank):,}",
            f"{place.sent_bytes(rank):,} B",
            f"{sent:,} B",
        )
    console.print(table)
    if found.wire_bytes is not None:
        console.print(_wire(found.wire_bytes, sum(found.sent_bytes)))
    console.print(
        f"median batch, slowest worker: lookups {duration(found.lookup_ns)}, "
        f"exchange {duration(found.exchange_ns)}, MLPs {duration(found.mlps_ns)}"
    )
    _print_projection(console, found, boards, links)


def _wire(carried: int, rows: int) -> str:
    if carried < rows:
        return (
            f"the loopback interface carried {carried:,} bytes meanwhile: this MPI moves rows "
            "through shared memory"
        )
    return (
        f"the loopback interface carried {carried:,} bytes meanwhile, with headers and other "
        f"programs' traffic; {rows:,} of them were pooled rows"
    )


def _print_projection(
    console: Console, found: Sharded, boards: Sequence[int], links: Sequence[Link]
) -> None:
    names = ("boards", "link", "lookups", "exchange", "MLPs", "batch", "samples/s")
    title = "a model, not a measurement: the same batch on boards as fast as this machine"
    table = new_table(*names, texts=("link",), title=title)
    place = found.placement
    for count in (1, *boards):
        try:
            Placement(place.geometry, count, place.batch)
        except UsageError as error:
            # What it names is this number of boards, not an option.
            console.print(f"{count} boards: {str(error).rpartition('`: ')[2]}")
            continue
        for link in links[: 1 if count == 1 else None]:
            each = project(found.measured, count, link)
            times = (each.lookup_s, each.exchange_s, each.mlps_s, each.batch_s)
            table.add_row(
                str(count),
                "-" if count == 1 else link.name,
                *(duration(round(seconds * 1e9)) for seconds in times),
                f"{each.samples_per_second:,.0f}",
            )
    console.print(table)
