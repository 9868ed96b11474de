"""Quality as a share of float32's, with MLPerf's two targets."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.queries import in_queries, parse_query_size
from edgebench.datasets.scoring import Score
from edgebench.harness.modes.accuracy import of_float32
from edgebench.models.card import model_cards
from edgebench.models.resolve import resolve_model
from edgebench.registry import card_files
from edgebench.statistics.intervals import Interval

QUANTIZED = [
    f"{name}:{variant}"
    for name, card in model_cards().items()
    for variant in card.variants
    if variant != "float32" and "float32" in card.variants
]


def data(name: str, count: int = 1) -> Dataset:
    """Return no samples, by the name and with the SHA-256 of a card's."""
    base, _, recipe = name.partition(":")
    sha256 = "0" * 64
    if base in card_files("datasets"):
        card = load_dataset_card(card_files("datasets")[base])
        hashes = card.recipes or {"eval": card.parts["eval"].sha256}
        sha256 = next(each for part, each in hashes.items() if part == (recipe or part))
    return Dataset(name, count, lambda index: (np.zeros(index),), sha256=sha256)


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


def test_other_samples_under_a_cards_name_have_none(tmp_path: Path) -> None:
    """As many as the card has: name and count are the same."""
    model, (score, _) = resolve_model("digits-resnet8:int8"), score_of("digits-resnet8:int8")
    card = load_dataset_card(card_files("datasets")["digits"])
    with np.load(card.parts["eval"].file) as arrays:
        same = dict(arrays)
    own, copy = tmp_path / "own.npz", tmp_path / "copy.npz"
    np.savez(own, **{name: np.zeros_like(each) for name, each in same.items()})
    copy.write_bytes(card.parts["eval"].file.read_bytes())
    theirs = load_dataset(f"digits@{own}")
    assert (theirs.name, theirs.count) == ("digits", score.count)
    assert of_float32(score, model, theirs) is None
    for spec in ("digits", f"digits@{copy}"):
        found = of_float32(score, model, load_dataset(spec))
        assert found is not None
        assert found.share == pytest.approx(score.value / found.reference)


def test_a_click_log_in_queries_is_the_cards_own() -> None:
    """The items of queries are what is scored."""
    score, _ = score_of("rm3-edge:int8-dynamic")
    log = in_queries(load_dataset("clicks-rm3"), parse_query_size("16"))
    assert of_float32(score, resolve_model("rm3-edge:int8-dynamic"), log.scored) is not None
