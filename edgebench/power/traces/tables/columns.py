"""Find what a table's columns mean: by the units in their names, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from edgebench.errors import UsageError

Quantity = Literal["time", "power", "current", "voltage", "energy"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
_BASE: Mapping[str, tuple[Quantity, tuple[str, ...]]] = {
    "s": ("time", ("sec", "secs", "second", "seconds")),
    "W": ("power", ("watt", "watts")),
    "A": ("current", ("amp", "amps", "ampere", "amperes")),
    "V": ("voltage", ("volt", "volts")),
    "J": ("energy", ("joule", "joules")),
}
_PREFIXES = {"": (1.0, ""), "m": (1e-3, "milli"), "u": (1e-6, "micro"), "n": (1e-9, "nano")}
_CLOCKS = re.compile(
    r"(?i)^(t|time|timestamps?|elapsed|seconds|date ?time|date|ms|us|s)(?=$|[\W_])"
)
_LARGER: Mapping[str, tuple[Quantity, float]] = {
    "mWh": ("energy", 3.6),
    "Wh": ("energy", 3.6e3),
    "kWh": ("energy", 3.6e6),
}
_SAYS_SO: Mapping[str, re.Pattern[str]] = {
    "a": re.compile(r"(?i)curr|amp|^i(_|\W|\d|in|out|bus|bat|load|$)"),
    "A": re.compile(r"(?i)curr|amp|^i(_|\W|\d|in|out|bus|bat|load|$)|^$"),
    "v": re.compile(r"(?i)volt|^[uv](_|\W|\d|in|out|bus|bat|$)"),
}
"""Letters that end names of other things, such as phase_a, and what else such a name has to say."""
_NO_VALUE = re.compile(
    r"(?i)(^|[\W_])(limit|threshold|rated|max|maximum|min|minimum|peak)(?=$|[\W_])"
)
"""In names of what was not measured then: nvidia-smi's ``power.limit``, Monsoon's ``Main Max``."""
_MEGA = re.compile("M[Ww]")
DATE = "date"
"""In place of a unit where a column has dates."""
ISO_NAMES = ("timestamp", "time", "datetime", "date time", "date")
"""Names of a column of dates, which need no unit."""


@dataclass(frozen=True)
class Unit:
    """A unit: of what, and how much of the base unit it is."""

    quantity: Quantity
    scale: float


@dataclass(frozen=True)
class Column:
    """A column that is read; ``unit`` is None for dates."""

    place: int
    name: str
    unit: Unit | None


def _units() -> dict[str, Unit]:
    found = {}
    for symbol, (quantity, words) in _BASE.items():
        for prefix, (scale, spoken) in _PREFIXES.items():
            unit = Unit(quantity, scale)
            found[f"{prefix}{symbol}"] = unit
            # Names in lower case, as in t_ms and power_mw: no prefix above one is taken.
            found.setdefault(f"{prefix}{symbol}".lower(), unit)
            found.update({f"{spoken}{word}": unit for word in words})
    # Arduino's functions of the time, whose names columns often have.
    found |= {"millis": found["ms"], "micros": found["us"]}
    for symbol, (quantity, scale) in _LARGER.items():
        found[symbol] = found[symbol.lower()] = Unit(quantity, scale)
    return found


UNITS = _units()


def unit_called(text: str) -> Unit | None:
    """Return a unit: ``uA``, ``mW``, ``seconds``; None if there is none of that name.

    Examples
    --------
    >>> unit_called("uA")
    Unit(quantity='current', scale=1e-06)
    """
    plain = text.strip().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
    is_any_case = len(plain) > 2 and not _MEGA.match(plain)
    return UNITS.get(plain) or UNITS.get(plain.lower() if is_any_case else plain)


def unit_in(name: str) -> Unit | None:
    """Return the unit in a column's name: ``Current(uA)``, ``power [mW]``, ``t_ms``, ``watts``."""
    text = name.strip()
    if text.endswith((")", "]")):
        # Searched from the end: a pattern would try each of many brackets.
        return unit_called(text[max(text.rfind("("), text.rfind("[")) + 1 : -1])
    *_, last = re.split(r"[_\s]", text)
    says_so = _SAYS_SO.get(last)
    if says_so is not None and not says_so.search(text.removesuffix(last).rstrip("_ ")):
        return None
    return unit_called(last)


def name_and_unit(text: str) -> tuple[str, str]:
    """Return a column's name and its unit, as a user writes them: ``I:uA``, or no unit."""
    name, colon, unit = text.rpartition(":")
    return (name, unit) if colon else (text, "")


def columns_by_names(header: Sequence[str], wanted: Mapping[str, str]) -> dict[Quantity, Column]:
    """Return the columns that a user names: ``{"time": "t_ms", "current": "I:uA"}``.

    Each is a column's name, or its number from 1 on; with a colon and a unit if its name has none
    (``date`` for a column of dates).

    Raises
    ------
    UsageError
        For a quantity that is not known, a column that is not there, or one without a unit.
    """
    found: dict[Quantity, Column] = {}
    for quantity, text in wanted.items():
        if quantity not in QUANTITIES:
            raise UsageError.unknown("columns", quantity, QUANTITIES)
        name, stated = name_and_unit(text)
        place = _place(header, name)
        shown = header[place] if place < len(header) else name
        unit = unit_called(stated) if stated else unit_in(shown)
        if unit is None or unit.quantity != quantity:
            is_named = not stated and shown.lower() in ISO_NAMES
            if quantity == "time" and (is_named or stated == DATE):
                unit = None
            else:
                raise UsageError(
                    f"`columns`: {stated or shown!r} is no unit of {quantity}: write "
                    f"{quantity}={name}:UNIT, such as {quantity}={name}:{_example(quantity)}",
                    field="columns",
                )
        found[quantity] = Column(place, shown, unit)
    return found


def columns_by_units(header: Sequence[str]) -> dict[Quantity, list[Column]]:
    """Return the columns of each quantity, by the units in their names."""
    found: dict[Quantity, list[Column]] = {}
    for place, name in enumerate(header):
        unit = unit_in(name)
        if _NO_VALUE.search(name):
            continue
        if unit is not None:
            found.setdefault(unit.quantity, []).append(Column(place, name, unit))
        elif name.lower() in ISO_NAMES:
            found.setdefault("time", []).append(Column(place, name, None))
    times = found.get("time", [])
    if len(times) > 1:
        clocks = [each for each in times if _CLOCKS.match(each.name)]
        found["time"] = clocks or times
    return found


def _place(header: Sequence[str], name: str) -> int:
    if name in header:
        return list(header).index(name)
    if name.isdecimal() and 1 <= int(name) <= max(len(header), 1 << 10 if not header else 0):
        return int(name) - 1
    raise UsageError(
        f"`columns`: there is no column {name!r}; there are {', '.join(header) or 'no names'}",
        field="columns",
        value=name,
        choices=header,
    )


def _example(quantity: Quantity) -> str:
    return next(symbol for symbol, (each, _) in _BASE.items() if each == quantity)
