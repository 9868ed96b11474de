"""Read chips.toml: what is known of the chips behind the kernel's drivers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edgebench.text.typed_json import structure

CHIPS = Path(__file__).with_name("chips.toml")


@dataclass(frozen=True)
class ChipLimits:
    """The limits of error of chips with one data sheet; see chips.toml."""

    names: tuple[str, ...]
    source: str
    shunt_gain: float = 0.0
    shunt_offset_v: float = 0.0
    shunt_step_v: float = 0.0
    bus_gain: float = 0.0
    bus_offset_v: float = 0.0
    bus_step_v: float = 0.0
    current_gain: float = 0.0
    current_offset_a: float = 0.0
    current_step_a: float = 0.0
    power_gain: float = 0.0
    power_step_factor: float = 0.0
    default_shunt_ohm: float | None = None
    full_scale_v: float = 0.0
    most_a: float = 0.0
    most_bus_v: float = 0.0

    @property
    def has_shunt_outside(self) -> bool:
        """Whether the board has the shunt."""
        return self.shunt_gain > 0

    @property
    def is_of_power(self) -> bool:
        """Whether its limits are those of its power, at any voltage."""
        return self.power_gain > 0


@dataclass(frozen=True)
class RailFacts:
    """Which files of a driver are of one rail; see chips.toml."""

    same_number: tuple[str, ...]
    channels: Mapping[str, int]
    voltage_of: Mapping[str, Mapping[str, int]]
    in_line: tuple[str, ...]

    def has_same_number(self, name: str) -> bool:
        """Return whether a driver's ``inN`` and ``currN`` are of one rail."""
        return any(re.fullmatch(each, name) for each in self.same_number)


@dataclass(frozen=True)
class ChipTable:
    """All of chips.toml."""

    rails: RailFacts
    limits: Mapping[str, ChipLimits]


@cache
def chip_table() -> ChipTable:
    """Return the table."""
    return structure(ChipTable, tomllib.loads(CHIPS.read_text(encoding="utf-8")))
