from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from edgebench.training.qat import fold, train_aware
from edgebench.training.structured_pruning import pruned


def samples(network: Any, count: int = 4) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.uniform(0, 1, (count, *network.inputs[0].shape[1:])).astype(np.float32)


def test_a_folded_network_computes_the_same(network: Any) -> None:
    inputs = samples(network)
    folded = fold(network)
    kinds = {type(layer).__name__ for layer in folded.layers}
    assert "BatchNormalization" not in kinds
    assert "Dropout" not in kinds
    expected = network.predict(inputs, verbose=0)
    assert np.allclose(folded.predict(inputs, verbose=0), expected, atol=1e-3)


def test_pruning_makes_it_really_smaller(network: Any) -> None:
    small = pruned(network, 0.5)
    assert small.outputs[0].shape == network.outputs[0].shape
    assert small.count_params() < 0.75 * network.count_params()
    outputs = small.predict(samples(network), verbose=0)
    assert np.all(np.isfinite(outputs))


def test_pruning_nothing_changes_nothing(network: Any) -> None:
    inputs = samples(network)
    expected = network.predict(inputs, verbose=0)
    assert np.allclose(pruned(network, 0.0).predict(inputs, verbose=0), expected, atol=1e-5)


def test_channels_that_do_nothing_are_the_ones_that_go() -> None:
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(8, 3, padding="same", name="first")(inputs)
    x = keras.layers.ReLU()(x)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    model = keras.Model(inputs, x)
    kernel, bias = model.get_layer("first").get_weights()
    kernel[..., [1, 3, 5, 7]] = 0
    model.get_layer("first").set_weights([kernel, bias])
    picture = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype(np.float32)
    small = pruned(model, 0.5)
    assert small.get_layer("first").filters == 4
    assert np.allclose(
        small.predict(picture, verbose=0), model.predict(picture, verbose=0), atol=1e-5
    )


def test_training_with_rounding_rounds_and_learns(network: Any) -> None:
    inputs = samples(network, 8)
    folded = fold(network)
    before = folded.predict(inputs, verbose=0)
    aware = train_aware(folded, inputs)
    rounded = aware.model.predict(inputs, verbose=0)
    assert not np.array_equal(rounded, before)
    assert np.corrcoef(rounded.ravel(), before.ravel())[0, 1] > 0.9
    aware.model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    aware.model.fit(inputs, np.zeros_like(before), epochs=2, verbose=0)
    after = aware.plain().predict(inputs, verbose=0)
    assert np.square(after).sum() < np.square(before).sum()


def test_what_is_added_to_others_keeps_its_channels() -> None:
    inputs = keras.Input((8, 8, 4))
    one = keras.layers.Conv2D(8, 1, name="one")(inputs)
    other = keras.layers.Conv2D(8, 1, name="other")(inputs)
    model = keras.Model(inputs, keras.layers.Conv2D(2, 1)(keras.layers.Add()([one, other])))
    small = pruned(model, 0.5)
    assert small.get_layer("one").filters == small.get_layer("other").filters == 8


@pytest.mark.parametrize("share", [0.9, 0.99])
def test_some_channels_always_stay(network: Any, share: float) -> None:
    small = pruned(network, share)
    assert small.predict(samples(network), verbose=0).shape[-1] == network.outputs[0].shape[-1]
