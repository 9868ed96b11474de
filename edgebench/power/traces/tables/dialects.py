"""Tables of known programs whose names alone don't say all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgebench.power.traces.tables.columns import Column, Quantity, Unit

DIALECTS: Mapping[str, tuple[tuple[str, ...], Mapping[Quantity, tuple[int, float]]]] = {
    # Joulescope's statistics are in base units; charge in coulombs is not needed.
    "Joulescope's statistics": (
        ("time", "current", "voltage", "power", "charge", "energy"),
        {"time": (0, 1.0), "power": (3, 1.0), "energy": (5, 1.0)},
    ),
    # LPM01A-lib: when each sample came; the board's own stamps are one for many samples.
    "LPM01A-lib": (
        ("current (ua)", "rx timestamp (us)", "board timestamps (ms)"),
        {"time": (1, 1e-6), "current": (0, 1e-6)},
    ),
}
"""A header in lower case, and which column has each quantity, by place and scale."""

NEEDS_COLUMNS: Mapping[tuple[str, ...], str] = {
    ("timestamp", "value"): (
        "Otii exports one channel per file, and only the file's name says which. Say it with "
        "`columns`: time=Timestamp:s,current=Value:A, or power=Value:W"
    ),
    ("entity_id", "state", "last_changed"): (
        "Home Assistant states no unit. Say it with `columns`: "
        "time=last_changed:date,power=state:W, or energy=state:kWh of a counter"
    ),
}
"""Headers of known programs that don't say enough, in lower case, and what to do."""


CHANGES = "last_changed"
"""Home Assistant's column of times: a row for each change, and none while a state holds."""


def dialect_of(header: Sequence[str]) -> tuple[str, dict[Quantity, Column]] | None:
    """Return the program that wrote a header, and its columns; None if it is not known."""
    plain = tuple(name.strip().lower() for name in header)
    for name, (names, columns) in DIALECTS.items():
        if plain == names:
            return name, {
                quantity: Column(place, header[place], Unit(quantity, scale))
                for quantity, (place, scale) in columns.items()
            }
    return None
