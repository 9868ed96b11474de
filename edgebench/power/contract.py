"""Power meters: their drivers, and what an open one does.

A driver is one object, found through an entry point of the group ``edgebench.meters`` that has the
driver's name and names a `MeterDriver` or a class of one. Everything that edgebench says about a
meter comes from its driver: `edgebench meters`, `edgebench doctor`, `edgebench list meters`, help,
error messages and the table in docs/power.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from edgebench.power.description import MeterDescription
from edgebench.power.place import MeterPlace
from edgebench.power.requirement import Requirement
from edgebench.power.samples import PowerSamples

GROUP = "edgebench.meters"


class Figures(StrEnum):
    """The kind of a meter's figures, for lists of meters."""

    MEASURED = "measured"
    COARSE = "measured, coarse"
    ESTIMATED = "estimated"
    EARLIER = "recorded earlier"
    PLAYED = "played: no board's"


@dataclass(frozen=True)
class Found:
    """A meter that `MeterDriver.discover` found.

    Attributes
    ----------
    address
        What stands behind the driver's name and a colon: ``ina3221``, or a port.
    what
        What it is, for people.
    is_read
        Whether a list of meters may open and read it: not one that would switch the board's supply.
    problem
        Why it can't be read, and what to do; empty if nothing is known against it.
    """

    address: str
    what: str
    is_read: bool = True
    problem: str = ""


class MeterDriver(Protocol):
    """One kind of meter."""

    @property
    def name(self) -> str:
        """As ``power`` names it, and its entry point."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names, such as ``ptd`` of ``ptdaemon``."""

    @property
    def requires(self) -> Requirement | None:
        """The package that it imports; None if it needs none."""

    @property
    def supplies(self) -> bool:
        """Whether it can supply the board."""

    @property
    def options(self) -> type[object] | None:
        """A frozen dataclass whose fields `edgebench.power.options.option` makes; None for a meter
        whose whole text is its address.
        """

    @property
    def usage(self) -> str:
        """The syntax, such as ``ppk2:PORT``."""

    @property
    def summary(self) -> str:
        """A description, in half a sentence."""

    @property
    def rate(self) -> str:
        """How often it measures, for people."""

    @property
    def figures(self) -> Figures:
        """The kind of its figures."""

    @property
    def advice(self) -> str:
        """Advice for where none is found."""

    def discover(self) -> Sequence[Found]:
        """Return the meters of this kind that are here, within a second or so.

        Raises
        ------
        EdgebenchError
            If it can't look for them; the message is shown.
        """

    def open(self, place: MeterPlace) -> PowerMeter:
        """Return the meter at a place; its options are an instance of `options`.

        Raises
        ------
        MeterNotFound
            If it is not there, or can't be read.
        UsageError
            If its options don't go together.
        """


class PowerMeter(AbstractContextManager["PowerMeter", None], Protocol):
    """A context manager; opened once, used by one reader.

    `start`, `read` and `stop` raise `MeterLost` when the meter does not answer within its
    deadline; they never wait for longer.
    """

    description: MeterDescription

    def start(self) -> None:
        """Begin to measure."""

    def read(self) -> PowerSamples:
        """Return what was measured since the last call; never waits for more than a period."""

    def stop(self) -> PowerSamples:
        """End, and return the rest."""


@runtime_checkable
class Ranging(Protocol):
    """A meter whose ranges can be set: MLPerf power measures once to find them, then again."""

    def mark(self, name: str) -> None:
        """Name the next measurement."""

    def reported(self) -> Mapping[str, str]:
        """Return what it reported about itself."""

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes since it was started."""

    def give_back(self) -> None:
        """Set the ranges that it had at first."""

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges to hold these values; None for automatic ones."""
