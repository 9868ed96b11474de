"""A last layer that is learned anew on other data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.datasets.scoring import SCORERS
from edgebench.errors import DatasetMismatch, ModelNotSupported
from edgebench.models.evaluate import evaluate
from edgebench.models.resolve import resolve_model
from edgebench.training.finetune import fine_tune
from tests.cli.call import call
from tests.conftest import SHARED

pytest.importorskip("sklearn")


def _saved(path: Path, classes: list[int], count: int = 40, turn: int = 0) -> Path:
    """Write packaged digits of some classes as a .npz of one's own, renamed 0, 1, ..."""
    data = load_dataset("digits")
    assert data.labels is not None
    chosen = [
        index
        for digit in classes
        for index in np.flatnonzero(data.labels == digit)[:count].tolist()
    ]
    inputs = np.stack([np.rot90(data.sample(index)[0], turn) for index in chosen])
    labels = np.array([classes.index(int(data.labels[index])) for index in chosen])
    np.savez(path, inputs=inputs, labels=labels)
    return path


def test_images_on_their_side_are_learned(tmp_path: Path) -> None:
    data = _saved(tmp_path / "turned.npz", list(range(10)), count=60, turn=1)
    found = fine_tune("digits-resnet8", str(data), tmp_path / "out")
    assert found.before is not None
    assert found.before.percent < 60
    assert found.after.percent > found.before.percent + 15
    assert found.after.low <= found.after.percent <= found.after.high
    assert (found.trained_on, found.held_out, found.classes) == (400, 200, 10)
    # The file itself, run by a runtime, answers as was reckoned.
    score = evaluate(resolve_model(str(found.path)), _with_metric(data)).score
    assert score is not None
    assert score.value > found.before.percent + 15
    again = fine_tune("digits-resnet8", str(data), tmp_path / "again")
    assert again.path.read_bytes() == found.path.read_bytes()


def _with_metric(path: Path) -> object:
    import dataclasses

    data = load_dataset(str(path))
    assert "top1" in SCORERS
    return dataclasses.replace(data, metric="top1")


@pytest.mark.parametrize("classes", [[3, 8], [1, 4, 7]])
def test_there_may_be_other_classes(tmp_path: Path, classes: list[int]) -> None:
    data = _saved(tmp_path / "few.npz", classes)
    found = fine_tune("digits-resnet8:float32", str(data), tmp_path, seed=3)
    assert found.before is None
    model = resolve_model(str(found.path))
    assert model.facts.outputs[0].shape[-1] == found.classes == len(classes)
    score = evaluate(model, _with_metric(data)).score  # type: ignore[arg-type]
    assert score is not None
    assert score.value > 95


def test_what_can_not_be_learned_from_is_said(tmp_path: Path) -> None:
    few = _saved(tmp_path / "one_each.npz", list(range(10)), count=1)
    with pytest.raises(DatasetMismatch, match="too few samples"):
        fine_tune("digits-resnet8", str(few), tmp_path)
    with pytest.raises(DatasetMismatch):
        fine_tune("kws-ds-cnn", "digits", tmp_path)
    with pytest.raises(ModelNotSupported, match="float32 classifier"):
        fine_tune("digits-resnet8:int8", "digits", tmp_path)
    with pytest.raises(DatasetMismatch, match="no label for each sample"):
        fine_tune("machine-autoencoder:float32", "machines", tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_real_voices_are_learned_by_a_model_of_synthetic_ones(tmp_path: Path) -> None:
    found = fine_tune("kws-ds-cnn", str(SHARED / "mlperf_tiny" / "kws01"), tmp_path)
    assert found.before is not None
    assert found.after.percent > found.before.percent + 10


def test_options_of_timed_runs_are_refused(tmp_path: Path) -> None:
    given = ("--finetune", "no.npz", "--first-seed", "2", "--batch", "64", "--power", "ppk2")
    done = call("train", "digits-resnet8", *given, "--out", tmp_path)
    assert done.returncode == 2
    assert "--batch, --power: not for --finetune" in " ".join(done.stderr.split())


def test_the_command_says_what_was_gained(tmp_path: Path) -> None:
    data = _saved(tmp_path / "turned.npz", list(range(10)), count=30, turn=1)
    done = call("train", "digits-resnet8", "--finetune", data, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "last layer learned on 200 samples of 10 classes" in said
    assert "100 held-out samples:" in said
    assert "edgebench run" in said
