"""Describe a meter, as results name it, with the accuracy that its maker states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from edgebench.errors import UsageError
from edgebench.text.brief import Brief


@dataclass(frozen=True)
class Limit:
    """A limit of error, independent of a meter's others.

    Attributes
    ----------
    name
        As results list it: ``shunt of VDD_IN``.
    of_reading
        Relative to the reading: 0.01 is 1 %.
    offset_w
        Watts, whatever the reading.
    kind
        Which others it is alike, of a limit that concerns a part of the power (a rail, a chip):
        those of one kind change places where the power moves from one part to another.
    """

    name: str
    of_reading: float = 0.0
    offset_w: float = 0.0
    kind: str = ""


@dataclass(frozen=True)
class Accuracy:
    """A meter's limits of error, as its maker states them.

    Attributes
    ----------
    of_reading, offset_w
        As `Limit` has them.
    source
        The data sheet, or why it is a guess.
    others
        More limits, of what else is independent: a shunt's tolerance, each rail's offset.
    """

    of_reading: float
    offset_w: float
    source: str
    others: tuple[Limit, ...] = ()

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All limits that are not 0."""
        found = (
            Limit("of the reading", of_reading=self.of_reading),
            Limit("offset", offset_w=self.offset_w),
            *self.others,
        )
        return tuple(each for each in found if each.of_reading or each.offset_w)

    @property
    def total_offset_w(self) -> float:
        """The most that all offsets together come to."""
        return sum(each.offset_w for each in self.limits)


def stated_by_user(of_reading: float) -> Accuracy:
    """Return the accuracy that a user states.

    Raises
    ------
    UsageError
        If it is none.
    """
    if not 0 < of_reading < 1:
        raise UsageError(
            f"`meter_accuracy` must be between 0 and 1 (0.005 is 0.5 %), not {of_reading:g}",
            field="meter_accuracy",
            value=of_reading,
        )
    return Accuracy(of_reading, 0.0, "stated by the user")


class MeasuredAt(StrEnum):
    """Where a meter measures; two sides of a supply differ by its losses."""

    MAINS = "mains"
    INLET = "inlet"
    RAILS = "rails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, repr=False)
class MeterDescription(Brief):
    """A meter, as results name it.

    Attributes
    ----------
    name
        As ``power`` names it.
    detail
        What answered: the chip, its firmware, the range.
    channels
        The rails whose sum is the power.
    period_s
        Between two samples.
    counts_energy
        Whether it counts joules itself.
    averages
        Whether each sample is the mean power since the one before, without a gap. A meter that
        neither counts nor averages gives momentary samples.
    accuracy
        None if it is not stated.
    is_estimate
        Whether some of the load is missing in it, or it is none of this board: never printed in a
        column with measured energy.
    is_played
        Whether its figures are of no load at all: no hardware gives them.
    estimate_reason
        Why it is an estimate, in a few words.
    marker_input
        Its input for the device's marker pin; empty if it has none, or as it is set.
    clock
        Whose the samples' times are: the host's, or the meter's own, which
        `edgebench.power.acquisition.alignment` converts to the host's.
    poll_s
        How often it has to be read; None for each period.
    can_restart
        Whether it can be started more than once; one that can't has no self-check.
    serial, firmware, range
        Which instrument it is and how it is set, as far as it says; empty where it doesn't.
    shunts_ohm
        Of each channel whose shunt is known.
    aperture_s
        How long a momentary sample is the mean of, as far as it is known.
    holds
        Whether a sample's power holds until the next one, so that nothing is open between them and
        none is lost in a gap: a log of changes.
    cautions
        What to check before its figures are believed, in words.
    measured_at
        The mains, the board's inlet or some of its rails, as far as the kind of meter says.
    """

    name: str
    detail: str
    channels: tuple[str, ...]
    period_s: float
    counts_energy: bool
    accuracy: Accuracy | None
    is_estimate: bool = False
    clock: Literal["host", "meter"] = "host"
    poll_s: float | None = None
    can_restart: bool = True
    serial: str = ""
    firmware: str = ""
    range: str = ""
    averages: bool = False
    shunts_ohm: dict[str, float] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    aperture_s: float = 0.0
    is_played: bool = False
    estimate_reason: str = ""
    marker_input: str = ""
    holds: bool = False
    measured_at: MeasuredAt = MeasuredAt.UNKNOWN
