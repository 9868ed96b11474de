"""What a power meter is: the door that the built-in ones and other people's come through.

Entry points of the group ``edgebench.meters`` are functions from what stands behind the colon of
``--power NAME:REST`` to a `PowerMeter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

GROUP = "edgebench.meters"


@dataclass(frozen=True)
class Accuracy:
    """What a meter's maker says: limits of error, of the reading and besides.

    Attributes
    ----------
    of_reading
        A share: 0.01 is 1 %.
    offset_w
        Watts, whatever the reading.
    source
        The data sheet, or why it is a guess.
    """

    of_reading: float
    offset_w: float
    source: str


@dataclass(frozen=True)
class MeterDescription:
    """A meter, as results name it.

    Attributes
    ----------
    name
        As ``--power`` names it.
    detail
        What answered: the chip, its firmware, the range.
    channels
        The rails whose sum is the power.
    period_s
        Between two samples.
    counts_energy
        Whether it counts joules itself; else its samples are of a moment.
    accuracy
        None where nobody says.
    is_estimate
        Whether some of the load is not in it: never to be printed beside measured energy.
    clock
        Whose the samples' times are: the host's, or the meter's own, which
        `edgebench.power.acquisition.alignment` puts on the host's.
    poll_s
        How often it wants to be read; None for each period.
    can_restart
        Whether it can be started more than once; one that can't is not checked before.
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


@dataclass(frozen=True)
class Exchange:
    """A moment of the meter's clock, and what the host knows of when it was.

    Attributes
    ----------
    meter_ns
        On the meter's clock.
    earliest_ns, latest_ns
        On the host's: a command's sending and its answer's coming; None where only one is known.
    """

    meter_ns: int
    earliest_ns: int | None
    latest_ns: int | None


@dataclass(frozen=True)
class PowerSamples:
    """Samples in the order of time.

    Attributes
    ----------
    t_ns
        Shape (n,), int64: `edgebench.clock.now_ns` of each, or the meter's own clock.
    power_w
        Shape (n,), float64: of that moment; of a meter that counts energy, the mean since the
        sample before.
    energy_j
        Shape (n,): the count, from the first sample on; only of such a meter.
    marks_ns
        When the meter saw the device's marker, on the same clock as `t_ns`.
    volts_v, amps_a
        Shape (n,), where they are measured.
    moment_ns
        Shape (n,): by how much the time of each may be wrong, where the meter was asked for it
        and it is not known when between question and answer it measured.
    exchanges
        What the host learned of the meter's clock meanwhile.
    lost
        How many samples are missing, or wrong, without leaving a gap in `t_ns`; may be parts of one
        where a sample is a mean of many.
    faults
        What is wrong with them, in words: an overflow, a range that was left.
    """

    t_ns: NDArray[np.int64]
    power_w: NDArray[np.float64]
    energy_j: NDArray[np.float64] | None = None
    marks_ns: NDArray[np.int64] | None = None
    volts_v: NDArray[np.float64] | None = None
    amps_a: NDArray[np.float64] | None = None
    moment_ns: NDArray[np.float64] | None = None
    exchanges: tuple[Exchange, ...] = ()
    lost: float = 0.0
    faults: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> PowerSamples:
        """Return no samples."""
        return cls(np.empty(0, np.int64), np.empty(0))

    def __len__(self) -> int:
        return len(self.t_ns)

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(
            len(self.t_ns)
            or self.marks_ns is not None
            or self.exchanges
            or self.lost
            or self.faults
        )


class PowerMeter(Protocol):
    """A context manager; opened once, used by one reader.

    `start`, `read` and `stop` raise `MeterLost` when the meter does not answer within its
    deadline; none of them waits for longer.
    """

    description: MeterDescription

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def start(self) -> None:
        """Begin to measure."""

    def read(self) -> PowerSamples:
        """Return what was measured since the last time; never waits for more than a period."""

    def stop(self) -> PowerSamples:
        """End, and return the rest."""


@runtime_checkable
class Ranging(Protocol):
    """A meter whose ranges can be set: MLPerf power measures once to find them, then again."""

    def mark(self, name: str) -> None:
        """Name the next measurement."""

    def told(self) -> dict[str, Any]:
        """Return what it said of itself."""

    def largest(self) -> tuple[float, float]:
        """Return the largest volts and amperes since it was started."""

    def give_back(self) -> None:
        """Set the ranges that it had at first."""

    def set_ranges(self, volts_v: float | None, amps_a: float | None) -> None:
        """Set its ranges to hold so much; None for automatic ones."""
