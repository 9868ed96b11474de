"""How accurate the chips of the kernel's drivers are, by their data sheets and the shunt in use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from edgebench.power.description import Accuracy, Limit
from edgebench.power.meters.hwmon.chip_table import ChipLimits, chip_table
from edgebench.power.meters.hwmon.rails import Chip, Rail

SHUNT_TOLERANCE = 0.01
"""Shunts of boards are of 1 % or better."""


def limits_of(chip: Chip) -> ChipLimits | None:
    """Return a chip's limits; None if they are not known."""
    known = (each for each in chip_table().limits.values())
    return next((x for x in known if any(re.fullmatch(n, chip.name) for n in x.names)), None)


@dataclass(frozen=True)
class Measured:
    """A rail that is measured, the chip that it is of, and its part of the whole power.

    Attributes
    ----------
    known_v
        Its voltage, where it is known without being read.
    """

    rail: Rail
    chip: Chip
    share: float = 1.0
    known_v: float | None = None

    @property
    def volts(self) -> float | None:
        """Its voltage; None if it can't be read, and is not known."""
        return self.known_v or self.rail.volts_now()


def accuracy_of(rails: Sequence[Measured]) -> Accuracy | None:
    """Return the accuracy of the sum of rails; None if a chip's, or a voltage, is not known."""
    known = [(each, limits_of(each.chip)) for each in rails]
    limits: list[Limit] = []
    for each, chip in known:
        volts = each.volts
        if chip is None or (volts is None and not chip.is_of_power):
            return None
        if volts is not None:
            limits += _of_rail(each, chip, volts)
    for folder in dict.fromkeys(each.chip.folder for each, _ in known):
        own = [(each, chip) for each, chip in known if each.chip.folder == folder]
        chip = own[0][1]
        if chip is not None:
            limits += _of_chip(chip, sum(each.share for each, _ in own), own[0][0].chip.name)
    sources = dict.fromkeys(chip.source for _, chip in known if chip is not None)
    merged = tuple(_merged(limits).values())
    return Accuracy(0.0, 0.0, "; ".join(sources), merged)


def most_watts(rails: Sequence[Measured]) -> float:
    """Return the most that rails can have been measured at; infinite if it is not known."""
    most = 0.0
    for each in rails:
        chip = limits_of(each.chip)
        if chip is None or not chip.most_bus_v:
            return inf
        ohm = each.rail.shunt_ohm or chip.default_shunt_ohm or 1.0
        most += (chip.most_a or chip.full_scale_v / ohm) * chip.most_bus_v
    return most


def cautions_of(rails: Sequence[Measured]) -> Iterator[str]:
    """Yield what to check of the shunts before the watts are believed."""
    for each in rails:
        chip = limits_of(each.chip)
        if chip is None or not chip.has_shunt_outside:
            continue
        if each.rail.shunt_ohm is None:
            yield f"the shunt of {each.rail.label} can't be read: {_shown(chip)} is assumed"
        elif each.rail.shunt_ohm == chip.default_shunt_ohm:
            yield (
                f"the shunt of {each.rail.label} is {_shown(chip)}, the kernel's default: if the "
                "board has another one, every watt is wrong by that factor"
            )


def shunts_of(rails: Sequence[Measured]) -> Mapping[str, float]:
    """Return the ohms of each rail's shunt, where the kernel says them."""
    return {x.rail.label: x.rail.shunt_ohm for x in rails if x.rail.shunt_ohm is not None}


def _shown(chip: ChipLimits) -> str:
    return f"{(chip.default_shunt_ohm or 0) * 1e3:g} mOhm"


def _of_rail(each: Measured, chip: ChipLimits, volts: float) -> Iterator[Limit]:
    """Yield what each channel of a chip has by itself: its zero, its steps, its shunt."""
    label = each.rail.label
    offset_a, step_a = chip.current_offset_a, chip.current_step_a
    if chip.has_shunt_outside:
        ohm = each.rail.shunt_ohm or chip.default_shunt_ohm or 1.0
        offset_a, step_a = chip.shunt_offset_v / ohm, chip.shunt_step_v / ohm
        yield Limit(f"shunt of {label}", SHUNT_TOLERANCE * each.share, kind="shunt")
    yield Limit(f"zero of {label}'s current", offset_w=offset_a * volts)
    yield Limit(f"step of {label}'s current", offset_w=step_a / 2 * volts)
    if len(each.rail.factors) == 1:
        yield Limit(f"step of {label}'s power", offset_w=chip.power_step_factor * step_a / 2)
    for kind, limit_v in (("zero", chip.bus_offset_v), ("step", chip.bus_step_v / 2)):
        name = f"{kind} of {label}'s voltage"
        yield Limit(name, limit_v / volts * each.share, kind=f"{kind} of voltage")


def _of_chip(chip: ChipLimits, share: float, name: str) -> Iterator[Limit]:
    """Yield what all channels of a chip have in common: they take turns at one converter."""
    gains = (
        ("gain of current", chip.shunt_gain + chip.current_gain),
        ("gain of voltage", chip.bus_gain),
        ("gain of power", chip.power_gain),
    )
    for kind, gain in gains:
        yield Limit(f"{name}'s {kind}", gain * share, kind=kind)


def _merged(limits: Sequence[Limit]) -> dict[str, Limit]:
    """Return the limits that are not 0 by name; a second one of a name gets a number."""
    found: dict[str, Limit] = {}
    for each in limits:
        if each.of_reading or each.offset_w:
            count = sum(name.split(" #")[0] == each.name for name in found)
            found[f"{each.name} #{count + 1}" if count else each.name] = each
    return {name: replace(each, name=name) for name, each in found.items()}
