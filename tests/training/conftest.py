"""Training needs TensorFlow, which `make test` installs; small networks, seconds of training."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

MODELS = ("kws-ds-cnn", "digits-resnet8", "machine-autoencoder", "scene-mobilenet")


def script_of(model: str) -> ModuleType:
    """Return a model's training script as a module."""
    path: Path = ROOT / "models" / model / "train.py"
    spec = importlib.util.spec_from_file_location(f"train_{model.replace('-', '_')}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=MODELS)
def network(request: pytest.FixtureRequest) -> object:
    """Each network of the zoo at half its width, with statistics that are not the initial ones."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    model = script_of(request.param).TASK.build(0.5, None)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape[0]
            low = [0.5, -0.2, -0.2, 0.5]
            high = [1.5, 0.2, 0.2, 1.5]
            layer.set_weights([rng.uniform(a, b, size) for a, b in zip(low, high, strict=True)])
    return model
