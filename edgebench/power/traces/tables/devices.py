"""Tables with rows of several devices: nvidia-smi's of GPUs, Home Assistant's of entities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.power.traces.tables.text import TextTable
from edgebench.text.printable import excerpt

MARK = "power.draw"
"""nvidia-smi's columns of power begin so."""
KEYS = ("index", "pci.bus_id", "gpu_bus_id", "uuid", "gpu_uuid", "serial", "name", "gpu_name")
"""Its columns that say which GPU a row is of."""
ENTITY = "entity_id"
"""Home Assistant's column that says which sensor a row is of."""


def rows_of_one(path: Path, table: TextTable, wanted: str | None) -> TextTable:
    """Return a table with the rows of one device: the only one, or the one that is wanted.

    Raises
    ------
    UsageError
        If there are several and none is wanted, or none of that name.
    """
    keys = list(_keys(table))
    if wanted is None:
        several = next((each for each in keys if len(_cells(table, each)) > 1), None)
        if several is None:
            return table
        names = _cells(table, several)
        raise UsageError(
            f"{path}: rows of {len(names)} devices, by its column {table.header[several]}; choose "
            f"with `rail` from {excerpt(', '.join(names))}",
            field="rail",
            choices=names,
        )
    if not keys:
        raise UsageError(
            f"{path}: `rail` is of no use for a table of one device: leave it out", field="rail"
        )
    rows = [
        (number, row)
        for number, row in table.rows
        if any(row[place : place + 1] == [wanted] for place in keys)
    ]
    if not rows:
        names = [name for each in keys for name in _cells(table, each)]
        raise UsageError(
            f"{path}: no row is of {wanted!r}; there are {excerpt(', '.join(names))}",
            field="rail",
            value=wanted,
            choices=names,
        )
    return replace(table, rows=rows)


def _keys(table: TextTable) -> Iterator[int]:
    known = KEYS if any(name.startswith(MARK) for name in table.header) else (ENTITY,)
    yield from (place for place, name in enumerate(table.header) if name in known)


def _cells(table: TextTable, place: int) -> list[str]:
    """Return the different cells of a column."""
    return list(dict.fromkeys(row[place] for _, row in table.rows if place < len(row)))
