"""Training a recommendation model on clicks that are made as they are needed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from edgebench.datasets.card import load_dataset_card
from edgebench.datasets.clicks.make import ClickLog, make_log
from edgebench.datasets.clicks.spec import ClickSpec, Recipe
from edgebench.datasets.load import load_dataset
from edgebench.events import OnEvent, ignore
from edgebench.models.card import load_model_card
from edgebench.models.evaluate import evaluate
from edgebench.models.geometry import Geometry
from edgebench.models.recommend.graph import FORMATS, Layer, Weights, recommendation_model
from edgebench.models.resolve import Model
from edgebench.registry import card_files
from edgebench.text.json_text import json_text
from edgebench.training.click_logs import Clicks

RECIPES: tuple[Recipe, ...] = ("popular", "random")
"""What batches are made by, in turn: rare rows must be learned too."""
FINAL_RATE = 0.05
"""Of the learning rate, at the end of a cosine."""


@dataclass(frozen=True)
class ClickTask:
    """How a recommendation model of the zoo is trained: Adam on fresh batches."""

    name: str
    dataset: str
    steps: int
    batch: int = 512
    learning_rate: float = 5e-3
    seed: int = 1

    @property
    def geometry(self) -> Geometry:
        """The model's shape, from its card."""
        found = load_model_card(card_files("models")[self.name]).recommendation
        if found is None:
            raise ValueError(f"{self.name}'s card has no [recommendation]")
        return found

    @property
    def clicks(self) -> ClickSpec:
        """The click log that it learns, from its card."""
        found = load_dataset_card(card_files("datasets")[self.dataset]).clicks
        if found is None:
            raise ValueError(f"{self.dataset}'s card has no [clicks]")
        return found


class Tables(layers.Layer):
    """Embedding tables of one size: looks rows up in each and sums them."""

    def __init__(self, geometry: Geometry, **options: Any) -> None:
        super().__init__(**options)
        self._sizes = (geometry.tables, geometry.rows, geometry.dim)
        spread = keras.initializers.RandomNormal(stddev=(geometry.dim * geometry.lookups) ** -0.5)
        rows = geometry.tables * geometry.rows
        self.rows = self.add_weight(name="rows", shape=(rows, geometry.dim), initializer=spread)

    def call(self, indices: Any) -> Any:
        """Return the sums, shape (batch, tables, dim)."""
        tables, rows, _ = self._sizes
        return tf.reduce_sum(tf.gather(self.rows, indices + tf.range(tables)[:, None] * rows), 2)

    def apart(self) -> tuple[Any, ...]:
        """Return each table, shape (rows, dim)."""
        return tuple(np.asarray(self.rows).reshape(self._sizes))


def build(geometry: Geometry) -> keras.Model:
    """Return a Keras model from dense features and indices to a click's log-odds."""
    dense = keras.Input((geometry.dense,), name="dense")
    indices = keras.Input((geometry.tables, geometry.lookups), dtype="int32", name="indices")
    x = dense
    for number, units in enumerate(geometry.bottom):
        x = layers.Dense(units, activation="relu", name=f"bottom{number}")(x)
    pooled = Tables(geometry, name="tables")(indices)
    features = keras.ops.concatenate([x[:, None, :], pooled], axis=1)
    if geometry.interaction == "dot":
        products = keras.ops.matmul(features, keras.ops.transpose(features, (0, 2, 1)))
        count = geometry.tables + 1
        flat = keras.ops.reshape(products, (-1, count * count))
        unique = keras.ops.take(flat, [i * count + j for i, j in geometry.pairs], axis=1)
        y = keras.ops.concatenate([x, unique], axis=1)
    else:
        y = keras.ops.reshape(features, (-1, geometry.interaction_width))
    for number, units in enumerate(geometry.top):
        last = number == len(geometry.top) - 1
        activation = "linear" if last else "relu"
        y = layers.Dense(units, activation=activation, name=f"top{number}")(y)
    return keras.Model([dense, indices], y)


def weights_of(model: keras.Model, geometry: Geometry) -> Weights:
    """Return what a Keras model has learned."""

    def mlp(name: str, count: int) -> tuple[Layer, ...]:
        found = [model.get_layer(f"{name}{number}").get_weights() for number in range(count)]
        return tuple(Layer(np.ascontiguousarray(kernel.T), bias) for kernel, bias in found)

    bottom, top = mlp("bottom", len(geometry.bottom)), mlp("top", len(geometry.top))
    return Weights(model.get_layer("tables").apart(), bottom, top)


def batches(task: ClickTask, spec: ClickSpec) -> Iterator[ClickLog]:
    """Yield training batches for ever, none twice; the evaluation set has another seed."""
    step = 0
    while True:
        step += 1
        recipe = RECIPES[step % len(RECIPES)]
        yield make_log(spec, recipe, task.batch, (spec.seed, task.seed, step))


class Trainer:
    """A model in training, step by step."""

    def __init__(self, task: ClickTask) -> None:
        keras.utils.set_random_seed(task.seed)
        self.task, self.geometry = task, task.geometry
        self.model = build(self.geometry)
        rate = keras.optimizers.schedules.CosineDecay(
            task.learning_rate, task.steps, alpha=FINAL_RATE
        )
        self.model.compile(
            optimizer=keras.optimizers.Adam(rate),
            loss=keras.losses.BinaryCrossentropy(from_logits=True),
        )
        self._batches: Iterator[Clicks] = batches(task, task.clicks)

    def learn_from(self, batches: Iterator[Clicks]) -> None:
        """Learn these batches, not made ones."""
        self._batches = batches

    def step(self) -> float:
        """Learn one batch; return its loss."""
        log = next(self._batches)
        labels = log.labels[:, None].astype(np.float32)
        return float(self.model.train_on_batch([log.dense, log.rows], labels))

    def weights(self) -> Weights:
        """Return what it has learned so far."""
        return weights_of(self.model, self.geometry)


def fit(task: ClickTask, on_event: OnEvent = ignore) -> Weights:
    """Train a model from scratch."""
    trainer = Trainer(task)
    losses: list[float] = []
    for step in range(1, task.steps + 1):
        losses.append(trainer.step())
        if step % 100 == 0:
            on_event(f"step {step} of {task.steps}: loss {np.mean(losses[-100:]):.4f}")
    return trainer.weights()


def write_variants(task: ClickTask, weights: Weights, out: Path) -> list[dict[str, Any]]:
    """Write every format as a .tflite, score it, and return what a card records of each."""
    out.mkdir(parents=True, exist_ok=True)
    dataset = load_dataset(task.dataset)
    written = []
    for form in FORMATS:
        path = out / f"{task.name}_{form}.tflite"
        content = recommendation_model(task.geometry, weights, form).to_bytes()
        path.write_bytes(content)
        digest = sha256(content).hexdigest()
        score = evaluate(Model(task.name, form, path, digest, content, None), dataset).score
        if score is None:
            raise ValueError(f"{dataset.name} has no labels")
        written.append(
            {
                "variant": form,
                "file": path.name,
                "sha256": digest,
                "size_bytes": len(content),
                "accuracy": round(score.value, 4),
                "accuracy_samples": score.count,
                "log_loss": round(score.secondary[0].value, 4),
            }
        )
    return written


def main(task: ClickTask) -> None:
    """Train from the command line and print what the card records."""
    parser = argparse.ArgumentParser(description=f"Train {task.name}.")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    started = time.monotonic()
    for variant in write_variants(task, fit(task, print), asked.out):
        print(json_text(variant, None))
    print(f"{time.monotonic() - started:.0f} s")
