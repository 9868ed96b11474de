"""Small models and data for rehearsals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.models.made_models import dense_model

WIDTH, CLASSES, SAMPLES = 24, 3, 60


@pytest.fixture
def small_kws(tmp_path: Path) -> dict[str, dict[str, str]]:
    """A network of three classes in the keyword spotter's place, and data for it."""
    model, data = tmp_path / "small.tflite", tmp_path / "small.npz"
    model.write_bytes(dense_model((WIDTH, CLASSES), "int8").to_bytes())
    rng = np.random.default_rng(11)
    values = rng.uniform(-1, 1, (SAMPLES, WIDTH)).astype(np.float32)
    np.savez(data, inputs=values, labels=np.arange(SAMPLES) // (SAMPLES // CLASSES))
    return {"models": {"kws": str(model)}, "datasets": {"kws": str(data)}}
