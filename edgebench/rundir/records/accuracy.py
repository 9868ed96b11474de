"""The accuracy in run.json: the metric of the data, and another of the same answers."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.metrics import LOG_LOSS
from edgebench.rundir.records.base import Record


@dataclass(frozen=True, repr=False)
class SecondaryMetric(Record):
    """Another metric of the same answers, such as the log-loss where the metric is an AUC.

    ``value``, ``low`` and ``high`` are None where an answer was not a number; ``best`` is what the
    best possible answers would have, None where nobody knows.
    """

    metric: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    interval_method: str
    best: float | None


@dataclass(frozen=True, repr=False)
class Float32Share(Record):
    """A quantized variant's accuracy as a share of float32's on the same data.

    MLPerf Inference's quality targets are such shares: 0.99, or 0.999. ``reference`` is float32's
    accuracy as the model's card has it; ``low`` and ``high`` are the run's own 95 % interval by it.
    """

    reference: float
    share: float
    low: float
    high: float
    met_99: bool
    met_99_9: bool


@dataclass(frozen=True, repr=False)
class AccuracyRecord(Record):
    """Accuracy from LoadGen's accuracy log; ``passed`` is None where there is no target.

    ``best`` as in `SecondaryMetric`. ``of_float32`` is None of float32 itself, and where float32's
    accuracy on the same data is not known.
    """

    metric: str
    value: float
    unit: str
    samples: int
    low: float
    high: float
    confidence: float
    interval_method: str
    target: float | None
    target_source: str
    passed: bool | None
    best: float | None = None
    secondary: tuple[SecondaryMetric, ...] = ()
    of_float32: Float32Share | None = None

    @property
    def log_loss(self) -> SecondaryMetric | None:
        """The log-loss of the same answers, where it was computed."""
        return next((each for each in self.secondary if each.metric == LOG_LOSS.name), None)
