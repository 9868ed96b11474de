"""The meters that can be played: each module of `stand_ins` defines one or more."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from edgebench.errors import MeterNotFound
from edgebench.virtual.meters import stand_ins
from edgebench.virtual.meters.kind import Kind


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind, by name, sorted."""
    found = [
        value
        for module in pkgutil.iter_modules(stand_ins.__path__, f"{stand_ins.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, Kind)
    ]
    return {kind.name: kind for kind in sorted(found, key=lambda each: each.name)}


def kind_of(name: str) -> Kind:
    """Return a kind.

    Raises
    ------
    MeterNotFound
        If no kind has that name.
    """
    known = kinds()
    if name not in known:
        raise MeterNotFound(
            f"virtual: no meter {name!r} can be played; there are {', '.join(known)}",
            field="power",
            value=name,
            choices=known,
        )
    return known[name]
