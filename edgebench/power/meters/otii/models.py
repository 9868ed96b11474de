"""The instruments' limits of error, by Qoitech."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.power.description import Accuracy

LOW_RANGE_A = 0.019


@dataclass(frozen=True)
class Model:
    """Limits of the current: of the reading, and of the low range's zero and the high range's."""

    of_reading: float
    low_a: float
    high_a: float

    def accuracy(self, volts: float, largest_w: float, least_v: float | None = None) -> Accuracy:
        """Return the limits at a voltage where the power was that large at most.

        The instrument chooses its range: where it may have left the low one, the high one's zero
        counts. A voltage that is not known lies between `least_v`, which a power is of the most
        current at, and `volts`, where a zero is of the most power.
        """
        is_low = largest_w <= LOW_RANGE_A * (volts if least_v is None else least_v)
        offset_a = self.low_a if is_low else self.high_a
        source = (
            f"Qoitech: {self.of_reading:.2%} + {offset_a * 1e6:g} uA, "
            f"{'low' if is_low else 'high'} range"
        )
        return Accuracy(self.of_reading, offset_a * volts, source)


ARC = Model(0.001, 50e-9, 150e-6)
MODELS = {"Arc": ARC, "Ace": Model(0.0005, 25e-9, 150e-6)}
"""By what Otii's program calls them. Of the Ace's high range the Arc's zero is taken."""


def model_of(kind: str) -> Model:
    """Return a model; the less accurate one of a kind that is not known."""
    return MODELS.get(kind, ARC)
