"""What a power meter is: the door that the built-in ones and other people's come through.

Entry points of the group ``edgebench.meters`` are functions from what stands behind the colon of
``--power NAME:REST`` to a `PowerMeter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

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
    """

    name: str
    detail: str
    channels: tuple[str, ...]
    period_s: float
    counts_energy: bool
    accuracy: Accuracy | None
    is_estimate: bool = False


@dataclass(frozen=True)
class PowerSamples:
    """Samples in the order of time.

    Attributes
    ----------
    t_ns
        Shape (n,), int64: `edgebench.clock.now_ns` of each.
    power_w
        Shape (n,), float64: of that moment; of a meter that counts energy, the mean since the
        sample before.
    energy_j
        Shape (n,): the count, from the first sample on; only of such a meter.
    marks_ns
        When the meter saw the device's marker.
    """

    t_ns: NDArray[np.int64]
    power_w: NDArray[np.float64]
    energy_j: NDArray[np.float64] | None = None
    marks_ns: NDArray[np.int64] | None = None

    @classmethod
    def none(cls) -> PowerSamples:
        """Return no samples."""
        return cls(np.empty(0, np.int64), np.empty(0))

    def __len__(self) -> int:
        return len(self.t_ns)


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
