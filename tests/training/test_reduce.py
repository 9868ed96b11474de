"""Reducing a model from end to end, on the digits, which train in seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import RuntimeMissing, UsageError
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.models.card import load_model_card
from edgebench.models.resolve import resolve_model
from edgebench.training.reduction import Reduction
from edgebench.training.siblings.pareto import front, plot, to_csv
from edgebench.training.siblings.reduce import Sibling, load_task, reduce_model
from edgebench.training.training_sets import training_set
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The training set, as its maker writes it (into a copy: the packaged parts stay)."""
    folder = tmp_path_factory.mktemp("digits")
    maker = folder / "make.py"
    maker.write_text((ROOT / "datasets" / "digits" / "make.py").read_text())
    subprocess.run(
        [sys.executable, maker, "--packaged", "--train", folder / "train.npz"], check=True
    )
    # The maker is deterministic: what it writes next to itself is what ships.
    for name in ("eval.npz", "calibration.npz"):
        with np.load(folder / name) as made, np.load(ROOT / "datasets/digits" / name) as shipped:
            # Not the files' bytes: zlibs compress alike, not to the same bytes.
            for array in ("inputs", "labels"):
                assert np.array_equal(made[array], shipped[array])
    return folder / "train.npz"


@pytest.mark.slow
def test_a_sibling_is_smaller_has_a_card_and_runs_by_name(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reduction = Reduction(width=0.5, resolution=16, prune=0.25, qat=True)
    out = tmp_path / "reduced"
    siblings = reduce_model("digits-resnet8", [reduction], digits, out, epochs=8)
    name = "digits-resnet8-w50-r16-p25-qat"
    assert {each.name for each in siblings} == {name}
    whole = resolve_model("digits-resnet8")
    for each in siblings:
        assert each.macs < whole.facts.macs / 8
        assert each.accuracy > 70
    monkeypatch.setenv("EDGEBENCH_PATH", str(out))
    model = resolve_model(name)
    assert model.facts.inputs[0].shape == (1, 16, 16, 3)
    card = load_model_card(out / "models" / name / "card.toml")
    assert card.dataset == "digits-16"
    assert load_dataset("digits-16").sample(0)[0].shape == (16, 16, 3)
    request = RunRequest(model=name, scenarios=("offline",), duration_s=0.2, warmup_s=0.05)
    accuracy = run_request(request, tmp_path / "runs").runs[0].record.accuracy
    assert accuracy is not None
    assert accuracy.value == pytest.approx(card.variants["int8"].accuracy, abs=1)


@pytest.mark.parametrize(
    ("reduction", "says"),
    [
        (Reduction(resolution=20), "at a resolution of 8, 16, 24, 32, not 20"),
        (Reduction(width=0.0), "`width` is from"),
        (Reduction(prune=1.0), "`prune` is a share"),
    ],
)
def test_what_is_not_possible_is_said(
    digits: Path, tmp_path: Path, reduction: Reduction, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        reduce_model("digits-resnet8", [reduction], digits, tmp_path, epochs=1)


def test_a_training_set_is_made_once_and_kept(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shipped = (ROOT / "datasets" / "digits" / "eval.npz").stat()
    said: list[str] = []
    path = training_set("digits", said.append)
    assert path.is_relative_to(tmp_path)
    assert training_set("digits", said.append) == path
    assert len(said) == 1
    with np.load(path) as made, np.load(digits) as by_hand:
        assert np.array_equal(made["inputs"], by_hand["inputs"])
    assert (ROOT / "datasets" / "digits" / "eval.npz").stat().st_mtime_ns == shipped.st_mtime_ns
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_maker_that_fails_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cards" / "datasets" / "mine"
    folder.mkdir(parents=True)
    (folder / "card.toml").write_text((ROOT / "datasets/digits/card.toml").read_text())
    (folder / "make.py").write_text("raise SystemExit('no espeak-ng here')")
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path / "cards"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(RuntimeMissing, match="no espeak-ng here"):
        training_set("mine")
    assert not list((tmp_path / "cache").rglob("*.npz"))


def test_a_training_set_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leave `training_data` out"):
        reduce_model("kws-ds-cnn", [Reduction()], tmp_path / "no.npz", tmp_path)
    with pytest.raises(UsageError, match="no model of the zoo"):
        load_task("some.tflite")


def sibling(name: str, size: int, accuracy: float) -> Sibling:
    return Sibling(name, "int8", Path(name), size, size * 10, accuracy, size)


def test_the_front_has_what_no_other_beats(tmp_path: Path) -> None:
    all_of_them = [
        sibling("large", 400, 98.0),
        sibling("middle", 200, 97.0),
        sibling("bad", 300, 96.0),
        sibling("small", 100, 90.0),
        sibling("twin", 200, 97.0),
    ]
    names = [each.name for each in front(all_of_them, "size_bytes")]
    assert names == ["small", "middle", "twin", "large"]
    lines = to_csv(all_of_them).splitlines()
    assert lines[0].endswith("front_size_bytes,front_macs,front_latency_ns")
    assert lines[3].endswith("False,False,False")
    plot(all_of_them, tmp_path / "front.svg", "a title")
    drawn = (tmp_path / "front.svg").read_text()
    assert drawn.count("<!-- ") > 20  # its texts: names, axes and the title
    assert "<!-- a title -->" in drawn
