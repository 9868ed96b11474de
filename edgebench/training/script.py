"""Train as every models/*/train.py does when it is run, and as `edgebench reduce` uses it."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgebench.datasets.card import DatasetCard, Encoding, load_dataset_card
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.errors import UsageError
from edgebench.models.card import Variant
from edgebench.models.evaluate import evaluate
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import read_model
from edgebench.registry import card_files
from edgebench.text.json_text import json_text
from edgebench.training.data import real_batch
from edgebench.training.declared import declared_in
from edgebench.training.export import write_float32, write_int8
from edgebench.training.fit import train
from edgebench.training.reduction import Reduction
from edgebench.training.task import Task

CALIBRATION_SAMPLES = 240


@dataclass(frozen=True)
class TrainedVariant:
    """A .tflite that was written, and what a card records of it."""

    variant: str
    file: str
    sha256: str
    size_bytes: int
    accuracy: float
    accuracy_samples: int
    macs: int

    def on_card(self) -> Variant:
        """Return what a model card states of it."""
        return Variant(
            Path(self.file), self.sha256, self.size_bytes, self.accuracy, self.accuracy_samples
        )


def train_and_write(
    task: Task, reduction: Reduction, training_set: Path, out: Path
) -> list[TrainedVariant]:
    """Train a model (or a smaller sibling), write float32 and int8, and score both.

    Raises
    ------
    UsageError
        If the reduction is not possible for this model.
    """
    card = load_dataset_card(card_files("datasets")[task.dataset])
    encoding = encoding_at(task, card, reduction.resolution)
    evaluation = at_encoding(load_dataset(task.dataset), card, encoding)
    with np.load(card.parts["calibration"].file) as data:
        calibration = real_batch(encoding, data["inputs"][:CALIBRATION_SAMPLES])
    model = train(task, reduction, training_set, encoding, calibration)
    out.mkdir(parents=True, exist_ok=True)
    name = task.name + reduction.suffix
    written = []
    for variant in ("float32", "int8"):
        path = out / f"{name}_{variant}.tflite"
        if variant == "int8":
            write_int8(model, path, calibration)
        else:
            write_float32(model, path)
        written.append(_scored(name, variant, path, evaluation))
    return written


def encoding_at(task: Task, card: DatasetCard, resolution: int | None) -> Encoding:
    """Return the dataset's encoding for another resolution of its images.

    Stored images are enlarged by whole factors, so only multiples of their own size will do.
    """
    if resolution is None or resolution == task.resolution:
        return card.encoding
    enlarged = [times for axis, times in card.encoding.repeats if axis in (0, 1)]
    if task.resolution is None or not enlarged:
        raise UsageError(
            f"{task.name} has one resolution only: leave `resolution` out", field="resolution"
        )
    stored = task.resolution // enlarged[0]
    if resolution % stored or not 0 < resolution <= task.resolution:
        possible = ", ".join(str(stored * n) for n in range(1, enlarged[0] + 1))
        raise UsageError(f"{task.name} can be had at a resolution of {possible}, not {resolution}")
    times = resolution // stored
    repeats = tuple((a, times if a in (0, 1) else n) for a, n in card.encoding.repeats)
    return dataclasses.replace(card.encoding, repeats=repeats)


def at_encoding(dataset: Dataset, card: DatasetCard, encoding: Encoding) -> Dataset:
    """Return a packaged dataset with its samples at another encoding."""
    if encoding == card.encoding:
        return dataset
    with np.load(card.parts["eval"].file) as data:
        stored = data["inputs"]
    return dataclasses.replace(dataset, sample=lambda index: (encoding.real(stored[index]),))


def _scored(name: str, variant: str, path: Path, evaluation: Dataset) -> TrainedVariant:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    model = Model(name, variant, path, digest, content, None)
    score = evaluate(model, evaluation).score
    if score is None:
        raise UsageError(f"the dataset {evaluation.name} has no labels to score with")
    return TrainedVariant(
        variant=variant,
        file=path.name,
        sha256=digest,
        size_bytes=len(content),
        accuracy=round(score.value, 2 if score.unit else 4),
        accuracy_samples=score.count,
        macs=read_model(content, str(path)).macs,
    )


def main(task: Task) -> None:
    """Train from the command line and print what the card records."""
    parser = argparse.ArgumentParser(description=f"Train {task.name}.")
    parser.add_argument("--train", type=Path, required=True, help="the training set (.npz)")
    for each in declared_in(Reduction):
        how: dict[str, Any] = {"action": "store_true"} if each.is_flag else {"type": each.kind}
        parser.add_argument("--" + each.name, default=each.default, help=each.about, **how)
    parser.add_argument("--epochs", type=int, default=task.epochs)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    reduction = Reduction(
        **{each.name: getattr(asked, each.name) for each in declared_in(Reduction)}
    )
    started = time.monotonic()
    task = dataclasses.replace(task, epochs=asked.epochs)
    for variant in train_and_write(task, reduction, asked.train, asked.out):
        print(json_text(dataclasses.asdict(variant), None))
    print(f"{time.monotonic() - started:.0f} s")
