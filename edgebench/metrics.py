"""Score what a model answers: each metric has names, a unit and a way to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes
    ----------
    name
        In cards and run.json.
    shown_name
        What the field calls it.
    unit
        Of its values; empty where they are in 0 to 1.
    decimals
        How many a value has.
    digits
        The format of a value that stands next to others, such as an interval's ends.
    is_classification
        Whether the answer is the class of the highest output.
    highest
        No value is above it.
    """

    name: str
    shown_name: str
    unit: str = ""
    decimals: int = 4
    digits: str = ".3f"
    is_classification: bool = False
    highest: float = 1.0

    def text(self, value: float) -> str:
        """Return a value with its unit and name."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{value:.{self.decimals}f}{unit} {self.shown_name}"


TOP1 = Metric("top1", "top-1", "%", 2, ".1f", is_classification=True, highest=100.0)
AUC = Metric("auc", "AUC")
AUC_OF_RECONSTRUCTION = Metric("auc-reconstruction", "AUC")
AUC_OF_CLICKS = Metric("auc-clicks", "AUC")
LOG_LOSS = Metric("log-loss", "log-loss", "nats", highest=inf)
METRICS: Mapping[str, Metric] = {
    each.name: each for each in (TOP1, AUC, AUC_OF_RECONSTRUCTION, AUC_OF_CLICKS, LOG_LOSS)
}


def metric_called(name: str) -> Metric:
    """Return a metric by its name; others are written as an AUC is."""
    return METRICS.get(name) or Metric(name, name)


def is_classification(name: str | None) -> bool:
    """Whether a metric, if there is one, compares classes."""
    return name is not None and metric_called(name).is_classification
