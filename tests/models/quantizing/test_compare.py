from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from edgebench.errors import DatasetMismatch
from edgebench.models.compare import compare_models
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.models.tflite.flatbuffer.rewrite import packed
from tests.models.made_models import dense_model


def written(path: Path, content: bytes) -> Model:
    path.write_bytes(content)
    return resolve_model(str(path))


def test_a_model_equals_itself() -> None:
    model = resolve_model("digits-resnet8")
    found = compare_models(model, model, random_dataset(model.facts, 10))
    assert found.agreement.snr_db == float("inf")
    assert found.agreement.top1 == 1.0
    assert len(found.layers) == len(model.facts.ops)
    assert found.unmatched == ()


def test_int8_is_compared_with_float_layer_by_layer() -> None:
    found = compare_models(
        resolve_model("kws-ds-cnn:float32"), resolve_model("kws-ds-cnn:int8"), load_dataset("kws")
    )
    assert found.samples == 1200
    assert [layer.op for layer in found.layers][:2] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    assert all(15 < layer.snr_db < 60 for layer in found.layers)
    assert found.scores[0] is not None
    assert found.log_losses[0] is not None


def test_where_two_models_part_is_found(tmp_path: Path) -> None:
    content = dense_model((8, 16, 16, 4)).to_bytes()
    table = unpacked(content, "model")
    # The second layer's weights are turned round: what comes before it is untouched.
    buffer = table.buffers[table.subgraphs[0].tensors[4].buffer]
    weights = np.frombuffer(bytes(buffer.data), np.float32)
    buffer.data = np.frombuffer((-weights).tobytes(), np.uint8)
    first = written(tmp_path / "a.tflite", content)
    second = written(tmp_path / "b.tflite", packed(table))
    found = compare_models(first, second, random_dataset(first.facts, 20))
    assert [layer.diverges for layer in found.layers] == [False, True, True]
    assert found.layers[0].snr_db == float("inf")


def test_layers_that_only_one_has_are_named(tmp_path: Path) -> None:
    first = written(tmp_path / "a.tflite", dense_model((8, 16, 4)).to_bytes())
    second = written(tmp_path / "b.tflite", dense_model((8, 12, 16, 4)).to_bytes())
    found = compare_models(first, second, random_dataset(first.facts, 5))
    assert len(found.layers) == 2
    assert found.unmatched == ("b: FULLY_CONNECTED #0",)


def test_models_of_other_outputs_are_refused(tmp_path: Path) -> None:
    first = written(tmp_path / "a.tflite", dense_model((8, 4)).to_bytes())
    second = written(tmp_path / "b.tflite", dense_model((8, 5)).to_bytes())
    with pytest.raises(DatasetMismatch, match="4 output values"):
        compare_models(first, second, random_dataset(first.facts, 5))
