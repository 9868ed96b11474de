"""Tables as text: Nordic's, Joulescope's, nvidia-smi's, and those of any logger with units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import TraceInvalid, UsageError
from edgebench.power.traces.format import ReadOptions
from edgebench.power.traces.from_columns import recorded_trace
from edgebench.power.traces.logic import falls, marks_of
from edgebench.power.traces.tables.columns import (
    Column,
    Quantity,
    columns_by_names,
    columns_by_units,
    name_and_unit,
)
from edgebench.power.traces.tables.devices import rows_of_one
from edgebench.power.traces.tables.dialects import CHANGES, NEEDS_COLUMNS, dialect_of
from edgebench.power.traces.tables.text import TextTable, read_table
from edgebench.power.traces.trace import PowerTrace
from edgebench.text.printable import excerpt

LOGIC, INPUTS = "D0-D7", 8
"""Nordic's column of logic bits, D0 first: its falls are marks."""
DISAGREEMENT = 0.2
"""How much a count of joules and the power in its row may differ."""
TABLE = "a table"
"""The writer of a table that no known program wrote: its joules are not taken on trust."""
HOW = (
    "say what its columns are with `columns`, such as time=t_ms,current=uA, or with a unit, "
    "time=1:s,power=2:W"
)


class CsvFormat:
    """A table of times and powers, currents or energies, with their units."""

    name = "csv"
    summary = "a table with units in its header"
    takes = frozenset({"supply_v", "columns", "rail"})
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
        named = [name_and_unit(each)[0] for each in (options.columns or {}).values()]
        table = rows_of_one(path, read_table(path, named), options.rail)
        program, columns = _columns(path, table, options)
        values = {name: _values(path, table, column) for name, column in columns.items()}
        power = _power(path, values, options.supply_v)
        if program == TABLE:
            _check_count(path, values, power)
        # A count of energy changes, too, but it is what it says.
        holds = CHANGES in table.header and "energy" not in columns
        if holds:
            values["energy"] = _held(values["time"], power)
        marks = _marks(table)
        return recorded_trace(
            path,
            values["time"],
            power,
            energy_j=values.get("energy"),
            marks_s=None if marks is None else values["time"][marks],
            holds=holds,
            detail=program,
        )


FORMAT = CsvFormat()


def _columns(
    path: Path, table: TextTable, options: ReadOptions
) -> tuple[str, dict[Quantity, Column]]:
    """Return which program wrote a table, if that is known, and what its columns are."""
    if options.columns is not None:
        return TABLE, _complete(
            path, table, columns_by_names(table.header, options.columns), is_stated=True
        )
    if (known := dialect_of(table.header)) is not None:
        return known
    found = columns_by_units(table.header)
    if any(len(columns) > 1 for columns in found.values()):
        several = next(columns for columns in found.values() if len(columns) > 1)
        names = excerpt(", ".join(each.name for each in several))
        raise UsageError(f"{path}: which column is it, {names}? {HOW}", field="columns")
    return TABLE, _complete(
        path, table, {name: each for name, (each,) in found.items()}, is_stated=False
    )


def _complete(
    path: Path, table: TextTable, columns: dict[Quantity, Column], *, is_stated: bool
) -> dict[Quantity, Column]:
    """Refuse columns that give no power over time."""
    if "time" in columns and columns.keys() & {"power", "current"}:
        return columns
    if "time" in columns and "energy" in columns:
        if is_stated:
            return columns
        name = columns["energy"].name
        raise UsageError(
            f"{path}: is {name} a count of the energy so far, or a row's own? If it counts, say so "
            f"with `columns`: time={columns['time'].name},energy={name}",
            field="columns",
        )
    there = excerpt(", ".join(table.header)) if table.header else "no header"
    how = NEEDS_COLUMNS.get(tuple(each.lower() for each in table.header), HOW)
    raise UsageError(
        f"{path}: its columns are not known ({there}): {how}", field="columns", value=there
    )


def _values(path: Path, table: TextTable, column: Column) -> NDArray[np.float64]:
    """Return a column in base units; dates in seconds from the first."""
    found: list[float] = []
    first: datetime | None = None
    for number, row in table.rows:
        if column.unit is not None and table.has_unclear_commas and "," in _cell(row, column.place):
            raise TraceInvalid(
                f"{path}, line {number}: {column.name} is {_shown(row, column.place)}: does its "
                "comma part thousands or decimals? Write decimals with a point"
            )
        try:
            text = row[column.place]
            if column.unit is None:
                when = _date(text)
                first = first or when
                found.append((when - first).total_seconds())
            else:
                # nvidia-smi repeats the unit in each cell.
                found.append(table.number(text.split()[0]) * column.unit.scale)
        # Dates with and without a time zone can't be subtracted: a TypeError.
        except (ValueError, IndexError, TypeError) as error:
            if column.unit is None and _is_number(table, row, column.place):
                raise UsageError(
                    f"{path}: {column.name} has no dates but numbers, without a unit: {HOW}",
                    field="columns",
                ) from error
            raise TraceInvalid(
                f"{path}, line {number}: {column.name} is {_shown(row, column.place)}"
            ) from error
    return np.array(found)


def _check_count(
    path: Path, values: dict[Quantity, NDArray[np.float64]], power: NDArray[np.float64]
) -> None:
    """Refuse joules that are no count: of a row alone, for instance.

    Raises
    ------
    UsageError
        If they fall and the rows have no power, or don't agree with the power.
    """
    joules, times = values.get("energy"), values["time"]
    if joules is None or len(joules) < 2:
        return
    grown = float(joules[-1] - joules[0])
    if "power" in values or "current" in values:
        used = float(((power[1:] + power[:-1]) / 2 * np.diff(times)).sum())
        if abs(grown - used) <= DISAGREEMENT * abs(used):
            return
        why = f"its joules grow by {grown:.4g} J, its power adds up to {used:.4g} J"
    elif grown > 0 and not np.any(np.diff(joules) < 0):
        return
    else:
        why = "its joules don't grow from row to row"
    raise UsageError(
        f"{path}: {why}: they are no count of the energy so far. Choose its columns with "
        "`columns`, such as time=1:s,power=2:W",
        field="columns",
    )


def _date(text: str) -> datetime:
    """Return a moment; digits alone are a number, though ISO 8601 has dates of digits too."""
    if not {"-", "/"} & set(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.replace("/", "-"))


def _is_number(table: TextTable, row: Sequence[str], place: int) -> bool:
    try:
        table.number(row[place])
    except (ValueError, IndexError):
        return False
    return True


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


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


def _held(seconds: NDArray[np.float64], watts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the energy so far of a power that holds until the next row."""
    return np.concatenate(([0.0], np.cumsum(watts[:-1] * np.diff(seconds))))


def _marks(table: TextTable) -> NDArray[np.intp] | None:
    """Return at which rows an input fell, where Nordic's logic bits are in the table.

    They are one column, D0 first, or a column each.
    """
    names = [f"D{number}" for number in range(INPUTS)]
    if LOGIC in table.header:
        place = table.header.index(LOGIC)
        bits = [row[place] if place < len(row) else "" for _, row in table.rows]
    elif set(names) <= set(table.header):
        places = [table.header.index(name) for name in names]
        bits = [
            "".join(row[each] for each in places) if len(row) > max(places) else ""
            for _, row in table.rows
        ]
    else:
        return None
    return marks_of(
        falls(
            np.array([each[number : number + 1] == "0" for each in bits]),
            np.array([each[number : number + 1] == "1" for each in bits]),
        )
        for number in range(INPUTS)
    )
