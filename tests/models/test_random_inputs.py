from __future__ import annotations

import numpy as np

from edgebench.models.build import NewModel, NewOp, NewTensor
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import resolve_model
from edgebench.models.tflite.inspect import read_model
from tests.models.made_models import dense_model


def test_quantized_inputs_use_every_value_of_their_type() -> None:
    facts = resolve_model("kws-ds-cnn").facts
    data = random_dataset(facts, samples=64)
    stored = np.stack([facts.inputs[0].encode(data.sample(i)[0]) for i in range(64)])
    assert set(np.unique(stored)) == set(range(-128, 128))


def test_the_same_index_gives_the_same_sample() -> None:
    facts = read_model(dense_model((8, 3)).to_bytes(), "m")
    first, again = random_dataset(facts), random_dataset(facts)
    assert np.array_equal(first.sample(5)[0], again.sample(5)[0])
    assert not np.array_equal(first.sample(5)[0], first.sample(6)[0])


def test_an_index_stays_within_its_table() -> None:
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    model = NewModel(
        [
            NewTensor("table", (3, 4), "float32", values=table),
            NewTensor("which", (50,), "int32"),
            NewTensor("rows", (50, 4), "float32"),
        ],
        [NewOp("GATHER", ("table", "which"), ("rows",), ("Gather", {"axis": 0}))],
        ["which"],
        ["rows"],
    )
    values = random_dataset(read_model(model.to_bytes(), "m")).sample(0)[0]
    assert values.shape == (50,)
    assert set(np.unique(values)) == {0, 1, 2}


def test_random_inputs_have_no_labels_and_say_so() -> None:
    data = random_dataset(resolve_model("kws-ds-cnn").facts)
    assert data.labels is None
    assert data.metric is None
    assert "accuracy can't be measured" in data.limits
