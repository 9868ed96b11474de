"""Training on a click log of one's own: what is learned, held out, evaluated and written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.clicks.criteo import load_criteo
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetInvalid, DatasetMismatch, UsageError
from edgebench.models.evaluate import evaluate
from edgebench.models.resolve import resolve_model
from edgebench.registry import card_files
from edgebench.training.click_logs import shuffled, split_log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 clicks in Criteo's layout."""
    spec = load_dataset_card(card_files("datasets")["clicks-dlrm"]).clicks
    made = make_log(spec, "popular", 600, 11)
    path = tmp_path_factory.mktemp("log") / "day_0.tsv"
    lines = []
    for dense, rows, label in zip(made.dense, made.rows, made.labels, strict=True):
        counts = [str(int(10 * value)) for value in dense]
        lines.append("\t".join([str(label), *counts, *(f"{row:08x}" for (row,) in rows)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_end_of_a_log_is_held_out(log: Path) -> None:
    data = load_dataset(f"clicks-dlrm@{log}")
    split = split_log(data)
    assert (len(split.learned.labels), len(split.held_out.labels)) == (540, 60)
    assert data.labels is not None
    assert [*split.learned.labels, *split.held_out.labels] == data.labels.tolist()
    dense, rows = split.held_out_data.sample(0)
    assert np.array_equal(dense, split.held_out.dense[0])
    assert np.array_equal(rows, split.held_out.rows[0])
    assert np.array_equal(rows, data.sample(540)[1])


def test_every_sample_is_learned_once_before_any_is_learned_again(log: Path) -> None:
    learned = split_log(load_dataset(f"clicks-dlrm@{log}")).learned
    batches = shuffled(learned, 60, seed=3)
    once = np.concatenate([next(batches).dense for _ in range(9)])
    again = np.concatenate([next(batches).dense for _ in range(9)])
    assert not np.array_equal(once, again)
    for seen in (once, again):
        assert np.array_equal(np.sort(seen, axis=0), np.sort(learned.dense, axis=0))


def test_a_log_that_teaches_nothing_is_refused(log: Path, tmp_path: Path) -> None:
    spec = load_dataset_card(card_files("datasets")["clicks-dlrm"]).clicks
    lines = log.read_text().splitlines(keepends=True)
    clicks = tmp_path / "clicks.tsv"
    clicks.write_text("".join(line for line in lines if line.startswith("1")))
    with pytest.raises(DatasetMismatch, match="its first 90 % have clicks only, or none"):
        split_log(load_criteo(clicks, spec))
    clicks.write_text(lines[0])
    with pytest.raises(DatasetMismatch, match="1 samples are too few"):
        split_log(load_criteo(clicks, spec))


def test_a_model_learns_a_log_and_is_written_as_it_was_evaluated(log: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    from edgebench.training.recommend import ClickTask
    from edgebench.training.to_quality.session import data_for
    from edgebench.training.to_quality.trainee import trainee

    task = ClickTask("dlrm-edge", "clicks-dlrm", steps=50, batch=32)
    learner = trainee(task, 1, data_for(task, f"criteo@{log}"))
    learner.begin()
    before = learner.quality()
    learner.learn()
    quality = learner.quality()
    assert quality != before
    assert (learner.train_samples, learner.eval_samples) == (50 * 32, 60)
    learner.keep(tmp_path / "models")
    model = resolve_model(str(tmp_path / "models" / "dlrm-edge_float32.tflite"))
    score = evaluate(model, split_log(load_dataset(f"clicks-dlrm@{log}")).held_out_data).score
    assert score is not None
    assert score.value == pytest.approx(quality, abs=1e-3)
    assert len(list((tmp_path / "models").iterdir())) == 3


def test_data_of_another_kind_are_refused_before_anything_is_trained(
    log: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tensorflow")
    from edgebench.training.recommend import ClickTask
    from edgebench.training.to_quality.session import data_for

    task = ClickTask("dlrm-edge", "clicks-dlrm", steps=50, batch=540)
    with pytest.raises(UsageError, match="learns from a log in Criteo's layout: criteo@FILE"):
        data_for(task, str(log))
    bad = tmp_path / "bad.tsv"
    bad.write_text("1\t2\n")
    with pytest.raises(DatasetInvalid, match="line 1: 2 fields between tabs, not 40"):
        data_for(task, f"criteo@{bad}")
    few = ClickTask("rm1-edge", "clicks-rm1", steps=50)
    with pytest.raises(DatasetMismatch, match="Criteo's logs have 13 counts"):
        data_for(few, f"criteo@{log}")
    assert data_for(task, None) == ""
    assert data_for(task, f"criteo@{log}") == str(log)
    with pytest.raises(DatasetMismatch, match="540 samples to learn from are fewer than a batch"):
        data_for(dataclasses.replace(task, batch=541), f"criteo@{log}")
