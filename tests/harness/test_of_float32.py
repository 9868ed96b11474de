"""Quality as a share of float32's, with MLPerf's two targets."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.scoring import Score
from edgebench.harness.modes.accuracy import of_float32
from edgebench.models.card import model_cards
from edgebench.models.resolve import resolve_model
from edgebench.statistics.intervals import Interval

QUANTIZED = [
    f"{name}:{variant}"
    for name, card in model_cards().items()
    for variant in card.variants
    if variant != "float32" and "float32" in card.variants
]


def data(name: str, count: int = 1) -> Dataset:
    return Dataset(name, count, lambda index: (np.zeros(index),))


def score_of(spec: str) -> tuple[Score, str]:
    """Return the score that a variant's card states, and the data that it is of."""
    card = resolve_model(spec).card
    assert card is not None
    variant = card.variants[spec.partition(":")[2]]
    value = variant.accuracy
    interval = Interval(value - 0.01, value + 0.01, 0.95, "made")
    found = Score(card.quality.metric, value, "", variant.accuracy_samples, interval)
    return found, card.dataset


@pytest.mark.parametrize("spec", QUANTIZED)
def test_every_quantized_variant_has_a_share_and_verdicts(spec: str) -> None:
    model = resolve_model(spec)
    score, name = score_of(spec)
    found = of_float32(score, model, data(name))
    assert found is not None
    assert model.card is not None
    assert found.reference == model.card.variants["float32"].accuracy
    assert found.share == pytest.approx(score.value / found.reference)
    assert found.low < found.share < found.high
    assert (found.met_99, found.met_99_9) == (found.share >= 0.99, found.share >= 0.999)


def test_four_bits_of_dlrm_meet_99_percent_only() -> None:
    """Its card's own target is met all the same."""
    score, _ = score_of("dlrm-edge:int4-tables")
    found = of_float32(score, resolve_model("dlrm-edge:int4-tables"), data("clicks-dlrm:trace"))
    assert found is not None
    assert found.share == pytest.approx(0.9975, abs=5e-5)
    assert (found.met_99, found.met_99_9) == (True, False)


def test_other_data_and_float32_itself_have_none() -> None:
    score, _ = score_of("dlrm-edge:int8-dynamic")
    model = resolve_model("dlrm-edge:int8-dynamic")
    assert of_float32(score, model, data("clicks-dlrm:random")) is None
    assert of_float32(score, model, data("mine.tsv")) is None
    fewer = dataclasses.replace(score, count=100)
    assert of_float32(fewer, model, data("clicks-dlrm")) is None
    other = dataclasses.replace(score, metric="top1")
    assert of_float32(other, model, data("clicks-dlrm")) is None
    assert of_float32(score, resolve_model("dlrm-edge:float32"), data("clicks-dlrm")) is None
