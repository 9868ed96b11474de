"""Training a model, and its smaller siblings: narrower, pruned, aware of quantization."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras

from edgebench.datasets.card import Encoding
from edgebench.training.data import Batches
from edgebench.training.qat import fold, train_aware
from edgebench.training.reduction import Reduction
from edgebench.training.structured_pruning import pruned
from edgebench.training.task import Task

AFTER_PRUNING = 0.5
"""Share of the epochs that a pruned model is trained on."""
AWARE = 0.2
"""Share of the epochs that are trained with rounding."""


def train(
    task: Task, reduction: Reduction, path: Path, encoding: Encoding, calibration: Any
) -> keras.Model:
    """Train a model from scratch and reduce it as asked.

    Parameters
    ----------
    path
        The training set, an .npz.
    encoding
        How its samples become the model's inputs.
    calibration
        Real samples that quantization-aware training takes the activations' ranges from.
    """
    keras.utils.set_random_seed(task.seed)
    batches = Batches(path, encoding, task)
    model = task.build(reduction.width, reduction.resolution)
    _fit(model, task, batches, task.epochs)
    if reduction.prune:
        model = pruned(model, reduction.prune)
        _fit(model, task, batches, math.ceil(task.epochs * AFTER_PRUNING))
    if reduction.qat:
        aware = train_aware(fold(model), calibration)
        _fit(aware.model, task, batches, math.ceil(task.epochs * AWARE), slower=10)
        model = aware.plain()
    return model


def _fit(model: Any, task: Task, batches: Batches, epochs: int, slower: int = 1) -> None:
    compile_for(model, task, epochs * len(batches), slower)
    model.fit(batches, epochs=epochs, verbose=2)


def compile_for(model: Any, task: Task, steps: int, slower: int = 1) -> None:
    """Give a model its loss, and Adam with a learning rate that falls to 0 in so many steps."""
    rate = keras.optimizers.schedules.CosineDecay(task.learning_rate / slower, max(1, steps))
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="mse" if task.autoencoder else "sparse_categorical_crossentropy",
        metrics=[] if task.autoencoder else ["accuracy"],
    )
