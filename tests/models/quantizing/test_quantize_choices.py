"""Quantizing what leaves something to choose: a shape, or a signature of several."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench import api
from edgebench.errors import UsageError
from edgebench.models.evaluate import snr_db
from edgebench.models.interpret import Interpreted
from edgebench.models.quantize.recipes import RECIPES
from edgebench.models.resolve import resolve_model
from edgebench.models.sizing import at_shape
from tests.models.made_models import MadeSignature, dense_model, open_image_model, signed


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.tflite"
    path.write_bytes(open_image_model().to_bytes())
    return path


def saved(path: Path, *shape: int) -> Path:
    values = np.random.default_rng(9).uniform(-1, 1, (12, *shape)).astype(np.float32)
    np.savez(path, inputs=values)
    return path


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_an_open_model_is_calibrated_at_the_datas_shape_and_stays_open(
    images: Path, tmp_path: Path, recipe: str
) -> None:
    data = saved(tmp_path / "d.npz", 12, 10, 3)
    found = api.quantize(
        images, recipes=[recipe], calibrate=data, check=data, out=tmp_path / "made.tflite"
    )
    (version,) = found.versions
    assert version.made is not None
    assert not any(check.is_wrong for check in version.checks)
    made = resolve_model(str(tmp_path / "made.tflite"))
    assert list(made.facts.open_inputs) == ["input_0"]
    sample = np.random.default_rng(10).uniform(-1, 1, (20, 30, 3))
    outputs = [
        Interpreted(at_shape(each, {"image": (1, 20, 30, 3)})).run((sample,))[0].ravel()
        for each in (resolve_model(str(images)), made)
    ]
    assert snr_db(outputs[1], outputs[0]) > 10


def test_samples_of_another_shape_than_the_given_one_do_not_calibrate(
    images: Path, tmp_path: Path
) -> None:
    data = saved(tmp_path / "d.npz", 12, 10, 3)
    with pytest.raises(UsageError, match=r"takes 16x16x3 .* the dataset gives 12x10x3"):
        api.quantize(images, calibrate=data, shape="1x16x16x3")


@pytest.mark.parametrize("key", ["encode", "decode"])
@pytest.mark.parametrize("recipe", ["int8", "dynamic", "float16"])
def test_one_signature_of_several_is_quantized_and_the_others_are_left_out(
    tmp_path: Path, recipe: str, key: str
) -> None:
    path = tmp_path / "two.tflite"
    path.write_bytes(
        signed(
            MadeSignature(
                "encode", dense_model((16, 32, 8), seed=1), {"v": "input"}, {"o": "dense1"}
            ),
            MadeSignature(
                "decode", dense_model((16, 64, 4), seed=2), {"v": "input"}, {"o": "dense1"}
            ),
        )
    )
    data = saved(tmp_path / "d.npz", 16)
    found = api.quantize(
        path,
        recipes=[recipe],
        signature=key,
        calibrate=data,
        check=data,
        out=tmp_path / "made.tflite",
    )
    other = {"encode": "decode", "decode": "encode"}[key]
    assert any(f"only its signature {key} " in text and other in text for text in found.repairs)
    assert not any(check.is_wrong for check in found.versions[0].checks)
    made = resolve_model(str(tmp_path / "made.tflite"))
    assert (made.facts.signatures, made.facts.subgraphs) == ((key,), 1)
    assert made.facts.outputs[0].shape == ((1, 8) if key == "encode" else (1, 4))
    assert made.facts.size_bytes < resolve_model(str(path)).facts.size_bytes / 2
