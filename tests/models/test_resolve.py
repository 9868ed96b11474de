from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgebench.errors import CardInvalid, ModelInvalid, ModelNotFound
from edgebench.models.packages.pulled import pulled_data
from edgebench.models.resolve import resolve_model
from edgebench.registry import packaged_data
from tests.models.made_models import dense_model


def test_a_card_a_variant_and_a_file_are_found(dense_tflite: Path) -> None:
    assert resolve_model("kws-ds-cnn").label == "kws-ds-cnn:int8"
    assert resolve_model("kws-ds-cnn:float32").label == "kws-ds-cnn:float32"
    bare = resolve_model(str(dense_tflite))
    assert (bare.name, bare.variant, bare.card) == ("dense", "float32", None)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("kws-ds-cn", "`model`: unknown value 'kws-ds-cn'; choose from .*, or name a .tflite file"),
        (
            "kws-ds-cnn:int4",
            "unknown value 'kws-ds-cnn:int4'; choose from kws-ds-cnn:float32, kws-ds-cnn:int8",
        ),
        ("nowhere.tflite", "there is no such file"),
        (".", "is a folder"),
        pytest.param(f"{'x' * 300}.tflite", "there is no such file", id="too long"),
        pytest.param(f"{'x/' * 3000}x", "there is no such file", id="too long a path"),
        ("a\0b.tflite", "there is no such file"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(spec: str, says: str) -> None:
    with pytest.raises(ModelNotFound, match=says):
        resolve_model(spec)


def test_a_package_that_was_pulled_is_a_model_with_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelNotFound, match=r"not here yet; .*pull\('mlperf-tiny/ic2'\)`"):
        resolve_model("mlperf-tiny/ic2")
    assert pulled_data("mlperf-tiny/ic2") is None
    folder = tmp_path / "edgebench" / "pull" / "mlperf-tiny" / "ic2"
    folder.mkdir(parents=True)
    for kind in ("float32", "int8"):
        (folder / f"a_{kind}.tflite").write_bytes(dense_model((8, 3), kind).to_bytes())
    assert resolve_model("mlperf-tiny/ic2").path == folder / "a_int8.tflite"
    assert resolve_model("mlperf-tiny/ic2:float32").path == folder / "a_float32.tflite"
    with pytest.raises(ModelNotFound, match=r"choose from mlperf-tiny/ic2:float32, .*ic2:int8"):
        resolve_model("mlperf-tiny/ic2:int4")
    (folder / "ic01").mkdir()
    (folder / "ic01" / "y_labels.csv").write_text("a.bin,10,3\n")
    assert pulled_data("mlperf-tiny/ic2:int8") == f"mlperf-tiny-ic01@{folder / 'ic01'}"
    assert pulled_data("kws-ds-cnn") is None


@pytest.fixture
def own_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the kws model's folder, found before the packaged one."""
    folder = tmp_path / "mine" / "models" / "kws-ds-cnn"
    shutil.copytree(packaged_data() / "models" / "kws-ds-cnn", folder)
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path / "mine"))
    return folder


def test_a_file_that_is_not_the_cards_is_refused(own_card: Path) -> None:
    model = own_card / "kws-ds-cnn_int8.tflite"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    with pytest.raises(ModelInvalid, match=r"SHA-256.*write the new one into the card"):
        resolve_model("kws-ds-cnn")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            'task = "',
            'tusk = "',
            r"2 faults\n  `task` is missing\n  line 2: `tusk` is unknown",
        ),
        ("target = 95.0", 'target = "high"', "line 11: `quality.target` must be a number, not 'hi"),
        ("kws-ds-cnn_int8.tflite", "../../../secret.tflite", "outside its folder"),
        (
            'default_variant = "int8"',
            'default_variant = "int2"',
            "line 7: `default_variant`: unknown value .*; choose from float32",
        ),
        ("[quality]", "[quality", "not a readable TOML card"),
    ],
)
def test_a_bad_card_is_named_with_its_key(
    own_card: Path, before: str, after: str, says: str
) -> None:
    card = own_card / "card.toml"
    card.write_text(card.read_text().replace(before, after))
    with pytest.raises(CardInvalid, match=says):
        resolve_model("kws-ds-cnn")
