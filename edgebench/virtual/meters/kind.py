"""A meter that can be played: its stand-in, and the driver that reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.power.contract import MeterDriver
from edgebench.power.description import Accuracy
from edgebench.virtual.meters.faults import Faults
from edgebench.virtual.meters.instrument import Instrument
from edgebench.virtual.meters.line import PtyLine, StandIn, TcpLine
from edgebench.virtual.meters.marker import Marker
from edgebench.virtual.meters.tree import Tree

ALWAYS = frozenset({"seed", "exact", "error", "load", "step", "stall", "unplug"})
STREAM = ALWAYS | {"skew", "loss", "spike", "marks", "frozen", "unit", "hold"}
SIGNED = frozenset({"negative", "nan"})
"""Of meters whose protocol has a sign, and a way to say that there is no number."""
ASKED = ALWAYS | SIGNED | {"loss", "spike", "skew", "frozen", "unit"}


@dataclass(frozen=True)
class OnLine:
    """A stand-in that speaks on a line, which the driver opens at an address.

    Attributes
    ----------
    stand_in, line
        How it speaks, and on what.
    address
        The driver's address for the line's place.
    """

    stand_in: Callable[[Instrument], StandIn]
    line: Callable[[], PtyLine | TcpLine]
    address: Callable[[str], str] = str


@dataclass(frozen=True)
class InFiles:
    """A stand-in that is files in a folder.

    Attributes
    ----------
    tree
        Makes them.
    address
        The driver's address for the folder.
    """

    tree: Callable[[Path, Instrument], Tree]
    address: Callable[[str], str] = lambda folder: ""


@dataclass(frozen=True)
class InProcess:
    """A stand-in for a library: it lives in the process that measures."""


@dataclass(frozen=True)
class Kind:
    """A meter that can be played.

    Attributes
    ----------
    name
        As ``virtual:`` names it.
    scale_w
        The most that its waveform takes.
    period_s
        Between two of its samples, unless an option sets another.
    limits
        Of its error.
    way
        How it is played.
    driver
        Returns the driver that reads it: of the folder of its files, or of its instrument.
    faults
        Those that it can play.
    supply_v
        What it is given where the user names no voltage, and the driver requires one.
    is_ranging
        Whether its ranges can be set.
    """

    name: str
    scale_w: float
    period_s: float
    limits: Accuracy | None
    way: OnLine | InFiles | InProcess
    driver: Callable[[str, Instrument], MeterDriver]
    faults: frozenset[str] = STREAM
    supply_v: float | None = None
    is_ranging: bool = False

    def instrument(self, faults: Faults, marker: Marker | None = None) -> Instrument:
        """Return what it measures with.

        Raises
        ------
        UsageError
            If a fault is requested that it can't play.
        """
        for each in fields(Faults):
            if getattr(faults, each.name) != each.default and each.name not in self.faults:
                raise UsageError(
                    f"virtual: {self.name} can't play {each.name}; it can play "
                    f"{', '.join(sorted(self.faults))}",
                    field="power",
                    value=each.name,
                    choices=sorted(self.faults),
                )
        return Instrument(faults, self.scale_w, self.period_s, self.limits, marker)
