"""Data for boards, and a farm: one for all tests of a file, as it takes a while to come up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgebench.datasets.load import load_dataset
from tests.farm.labgrid.bench import BOARDS, Bench

SAMPLES = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few keywords, so that a board is done within seconds."""
    found = load_dataset("kws")
    assert found.labels is not None
    path = tmp_path_factory.mktemp("data") / "few.npz"
    inputs = np.stack([found.sample(index)[0] for index in range(SAMPLES)])
    np.savez(path, inputs=inputs, labels=found.labels[:SAMPLES])
    return path


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("farm"), BOARDS) as bench:
        yield bench
