"""Places of a labgrid farm, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from edgebench.cli.output import new_console
from edgebench.cli.tables.table import new_table
from edgebench.farm.labgrid.places import FarmPlace


def print_places(places: Sequence[FarmPlace]) -> None:
    """Print one row per place: what is on it, and who holds it."""
    table = new_table()
    for name in ("place", "tags", "matches", "held by", "comment"):
        table.add_column(name, overflow="fold")
    for place in places:
        tags = " ".join(f"{key}={value}" for key, value in sorted(place.tags.items()))
        table.add_row(
            place.name, tags, "\n".join(place.matches), place.holder or "-", place.comment
        )
    new_console().print(table)
