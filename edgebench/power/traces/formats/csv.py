"""Tables as text: Nordic's, Joulescope's, nvidia-smi's, and those of any logger with units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.recorded import recorded_trace
from edgebench.power.traces.tables.columns import (
    Column,
    Quantity,
    columns_by_names,
    columns_by_units,
)
from edgebench.power.traces.tables.dialects import dialect_of
from edgebench.power.traces.tables.text import TextTable, read_table
from edgebench.power.traces.trace import PowerTrace
from edgebench.printable import excerpt

LOGIC = "D0-D7"
"""Nordic's column of logic bits, D0 first: its falls are marks."""
HOW = (
    "say what its columns are with `columns`, such as time=t_ms,current=uA, or with a unit, "
    "time=1:s,power=2:W"
)


class CsvFormat:
    """A table of times and powers, currents or energies, with their units."""

    name = "csv"
    summary = "a table with units in its header"
    takes = frozenset({"supply_v", "columns"})
    is_last = True

    def recognizes(self, name: str, head: bytes) -> bool:
        """Any text."""
        return b"\0" not in head

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Read it.

        Raises
        ------
        TraceInvalid
            If a line is damaged.
        UsageError
            If the header does not say what the columns are, or a voltage is missing.
        """
        table = read_table(path)
        program, columns = _columns(path, table, options)
        values = {name: _values(path, table, column) for name, column in columns.items()}
        return recorded_trace(
            path,
            values["time"],
            _power(path, values, options.supply_v),
            energy_j=values.get("energy"),
            marks=_marks(table),
            detail=program,
        )


FORMAT = CsvFormat()


def _columns(
    path: Path, table: TextTable, options: ReadOptions
) -> tuple[str, dict[Quantity, Column]]:
    """Return which program wrote a table, if that is known, and what its columns are."""
    if options.columns is not None:
        return "a table", _complete(path, table, columns_by_names(table.header, options.columns))
    if (known := dialect_of(table.header)) is not None:
        return known
    found = columns_by_units(table.header)
    if any(len(columns) > 1 for columns in found.values()):
        several = next(columns for columns in found.values() if len(columns) > 1)
        names = excerpt(", ".join(each.name for each in several))
        raise UsageError(f"{path}: which column is it, {names}? {HOW}", field="columns")
    return "a table", _complete(path, table, {name: each for name, (each,) in found.items()})


def _complete(
    path: Path, table: TextTable, columns: dict[Quantity, Column]
) -> dict[Quantity, Column]:
    """Refuse columns that give no power over time."""
    if "time" in columns and columns.keys() & {"power", "current", "energy"}:
        return columns
    there = excerpt(", ".join(table.header)) if table.header else "no header"
    raise UsageError(
        f"{path}: its columns are not known ({there}): {HOW}", field="columns", value=there
    )


def _values(path: Path, table: TextTable, column: Column) -> NDArray[np.float64]:
    """Return a column in base units; dates in seconds from the first."""
    found: list[float] = []
    first: datetime | None = None
    for number, row in table.rows:
        try:
            text = row[column.place]
            if column.unit is None:
                when = _date(text)
                first = first or when
                found.append((when - first).total_seconds())
            else:
                # nvidia-smi repeats the unit in each cell.
                found.append(table.number(text.split()[0]) * column.unit.scale)
        except (ValueError, IndexError, TypeError) as error:
            raise TraceInvalid(
                f"{path}, line {number}: {column.name} is {_shown(row, column.place)}"
            ) from error
    return np.array(found)


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("/", "-"))


def _shown(row: Sequence[str], place: int) -> str:
    return excerpt(repr(row[place]), 60) if place < len(row) else "missing"


def _power(
    path: Path, values: dict[Quantity, NDArray[np.float64]], supply_v: float | None
) -> NDArray[np.float64]:
    """Return watts: as they are, from amperes, or between the joules of two rows."""
    if supply_v is not None and ("power" in values or "voltage" in values):
        raise UsageError(f"{path} has its own voltage: leave `supply_v` out", field="supply_v")
    if "power" in values:
        return values["power"]
    if "current" in values:
        if "voltage" in values:
            return values["current"] * values["voltage"]
        if supply_v is None:
            raise UsageError(
                f"{path} has currents and no voltage: give the board's with `supply_v`",
                field="supply_v",
            )
        return values["current"] * supply_v
    steps = np.diff(values["time"])
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.diff(values["energy"]) / steps
    return np.concatenate((power[:1], power))


def _marks(table: TextTable) -> NDArray[np.intp] | None:
    """Return at which rows D0 fell, where Nordic's logic bits are in the table."""
    if LOGIC not in table.header:
        return None
    place = table.header.index(LOGIC)
    high = np.array(
        [row[place : place + 1] != [] and row[place][:1] == "1" for _, row in table.rows]
    )
    fell = np.flatnonzero(np.diff(high.astype(np.int8)) < 0) + 1
    return fell if len(fell) else None
