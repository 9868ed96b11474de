"""Accuracy at chance level is a warning that shows the inputs' range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.harness.run.chance_accuracy import chance_warning
from edgebench.models.resolve import resolve_model
from edgebench.rundir.records.accuracy import AccuracyRecord
from tests.conftest import labelled


def accuracy(value: float, low: float, metric: str = "top1") -> AccuracyRecord:
    unit = "%" if metric == "top1" else ""
    return AccuracyRecord(metric, value, unit, 60, low, 100.0, 0.95, "Wilson", None, "", None)


def test_an_accuracy_of_guessing_names_both_ranges() -> None:
    """Pixels of 0 to 1, where the model was trained with 0 to 16."""
    data = load_dataset("digits")
    given = data.sample
    small = replace(data, sample=lambda index: tuple(each / 16 for each in given(index)))
    facts = resolve_model("digits-resnet8").facts
    (text,) = chance_warning(accuracy(10.0, 8.0), small, facts)
    assert "accuracy 10% is no better than chance" in text
    assert "most frequent label" in text
    assert "is given 0 to 1, and holds " in text
    assert not list(chance_warning(accuracy(98.0, 97.0), data, facts))


def test_a_float_model_holds_any_value() -> None:
    facts = resolve_model("digits-resnet8:float32").facts
    (text,) = chance_warning(accuracy(10.0, 8.0), load_dataset("digits"), facts)
    assert "is given 0 to " in text
    assert "holds" not in text


@pytest.mark.parametrize(
    ("counts", "value", "low", "warns"),
    [
        ((30, 30), 60.0, 49.0, True),
        ((30, 30), 70.0, 58.0, False),
        ((54, 6), 92.0, 85.0, True),
        ((60, 0), 100.0, 94.0, False),
        ((3, 3), 50.0, 20.0, False),
    ],
    ids=["guessed", "better", "always the frequent one", "one label", "too few"],
)
def test_chance_is_always_the_most_frequent_label(
    counts: tuple[int, int], value: float, low: float, warns: bool
) -> None:
    data = replace(labelled(sum(counts)), labels=np.repeat([0, 1], counts))
    assert bool(list(chance_warning(accuracy(value, low), data, None))) == warns


def test_of_an_auc_it_is_a_half() -> None:
    data = replace(labelled(60), labels=np.repeat([0, 1], 30))
    (text,) = chance_warning(accuracy(0.55, 0.45, "auc"), data, None)
    assert "an AUC of 0.5" in text
    assert not list(chance_warning(accuracy(0.7, 0.6, "auc"), data, None))
