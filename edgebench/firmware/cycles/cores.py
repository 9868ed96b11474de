"""Cycles that each core takes for an instruction of each class: ``cores.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from edgebench.boards.card import FirmwareCard
from edgebench.card_file import read_card
from edgebench.firmware.cycles.classes import NAMES

TABLE = Path(__file__).with_name("cores.toml")
CPU, MARCH = "-mcpu=", "-march="


@dataclass(frozen=True)
class Flash:
    """How much of the time that a missed line needs is waited for, and the fit's own error.

    Attributes
    ----------
    data, code
        Value and standard deviation, of lines of constants and of instructions.
    relative_error, pairs
        One standard deviation of what the model leaves, and of how many published results.
    figures
        How many figures those results decide; what is left is the error's degrees of freedom.
    """

    data: tuple[float, float]
    code: tuple[float, float]
    relative_error: float
    pairs: int
    figures: float


@dataclass(frozen=True)
class Core:
    """A core.

    Attributes
    ----------
    cpus
        The compiler's names of it: ``cortex-m4``, or what ``-march`` begins with.
    cycles
        Value and standard deviation by class of instruction.
    emulated_by
        The emulated board whose processor knows all of its instructions: compilers make no others.
    machine
        objdump's name of its instructions, where images don't tell that they are vectors.
    fitted
        Whether published results were there to fit; then the error left is the fit's.
    relative_error
        One standard deviation of what the classes do not explain.
    """

    name: str
    cpus: tuple[str, ...]
    source: str
    emulated_by: str
    cycles: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    machine: str = ""
    fitted: bool = False
    relative_error: float = 0.0


@dataclass(frozen=True)
class CycleTable:
    """All cores, and what they share."""

    flash: Flash
    core: tuple[Core, ...]


@cache
def cycle_table() -> CycleTable:
    """Return the table that comes with edgebench."""
    return read_card(TABLE, CycleTable, {}, _faults)


def core_of(card: FirmwareCard) -> Core | None:
    """Return the core that a board's firmware is compiled for; None if the table lacks it."""
    flags = (
        each.removeprefix(start)
        for each in card.flags
        for start in (CPU, MARCH)
        if each.startswith(start)
    )
    names = [flag.partition("+")[0] for flag in flags]
    for core in cycle_table().core:
        if any(
            name == cpu or (cpu == "rv32" and name.startswith(cpu))
            for name in names
            for cpu in core.cpus
        ):
            return core
    return None


def _faults(table: CycleTable) -> list[tuple[tuple[str | int, ...], str]]:
    return [
        (("core", place, "cycles", name), "no class of instructions")
        for place, core in enumerate(table.core)
        for name in core.cycles
        if name not in NAMES
    ]
