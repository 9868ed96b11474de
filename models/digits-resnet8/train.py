"""Train `digits-resnet8`: MLPerf Tiny's ResNet-8 on the `digits` dataset.

    python datasets/digits/make.py --train build/digits/train.npz
    python models/digits-resnet8/train.py --train build/digits/train.npz

writes the float32 and int8 .tflite beside this file and prints what the card records. The
model that is kept is the one of the last epoch: the evaluation set chooses nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import keras
import numpy as np
from keras import layers, regularizers
from numpy.typing import NDArray

from edgebench.training.export import write_float32, write_int8
from edgebench.training.score import score_tflite

NAME = "digits-resnet8"
DATASET = Path(__file__).parents[2] / "datasets" / "digits"
SEED = 1
BATCH = 32


def to_image(digits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 8x8 grey digits as the 32x32 RGB images of the model: the card's `prepare`."""
    large = digits.repeat(4, axis=1).repeat(4, axis=2)
    return np.broadcast_to(large, (*large.shape[:3], 3)).astype(np.float32)


def resnet8(filters: int) -> keras.Model:
    """Return MLPerf Tiny's ResNet-8; its three stacks are 1, 2 and 4 times `filters` wide."""

    def conv(x: keras.KerasTensor, width: int, size: int, stride: int) -> keras.KerasTensor:
        return layers.Conv2D(
            width, size, strides=stride, padding="same",
            kernel_initializer="he_normal", kernel_regularizer=regularizers.l2(1e-4),
        )(x)  # fmt: skip

    def normalised(x: keras.KerasTensor, relu: bool = True) -> keras.KerasTensor:
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if relu else x

    inputs = keras.Input((32, 32, 3), name="image")
    x = normalised(conv(inputs, filters, 3, 1))
    for width, stride in ((filters, 1), (2 * filters, 2), (4 * filters, 2)):
        y = normalised(conv(x, width, 3, stride))
        y = normalised(conv(y, width, 3, 1), relu=False)
        if stride != 1:
            x = conv(x, width, 1, stride)
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.AveragePooling2D(8)(x)
    # A constant shape with -1 stays one RESHAPE in the .tflite at any batch.
    x = keras.ops.reshape(x, (-1, 4 * filters))
    outputs = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name=NAME.replace("-", "_"))


class ShiftedDigits(keras.utils.PyDataset):
    """Training batches, each image shifted by up to 3 pixels of 32 and scaled in contrast."""

    def __init__(self, inputs: NDArray[np.float32], labels: NDArray[np.uint8]) -> None:
        super().__init__()
        self._inputs, self._labels = inputs, labels
        self._rng = np.random.default_rng(SEED)
        self._order = self._rng.permutation(len(labels))

    def __len__(self) -> int:
        return len(self._labels) // BATCH

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        chosen = self._order[index * BATCH : (index + 1) * BATCH]
        images = np.pad(self._inputs[chosen], ((0, 0), (3, 3), (3, 3), (0, 0)))
        corners = self._rng.integers(0, 7, (BATCH, 2))
        cut = [image[y : y + 32, x : x + 32] for image, (y, x) in zip(images, corners, strict=True)]
        contrast = self._rng.uniform(0.8, 1.2, (BATCH, 1, 1, 1)).astype(np.float32)
        return np.stack(cut) * contrast, self._labels[chosen]

    def on_epoch_end(self) -> None:
        self._order = self._rng.permutation(len(self._labels))


def main() -> None:
    """Train, convert, score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(SEED)

    with np.load(arguments.train) as data:
        inputs, labels = to_image(data["inputs"].astype(np.float32)), data["labels"]
    batches = ShiftedDigits(inputs, labels)
    model = resnet8(arguments.filters)
    steps = arguments.epochs * len(batches)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(batches, epochs=arguments.epochs, verbose=2)

    with np.load(DATASET / "calibration.npz") as data:
        calibration = to_image(data["inputs"].astype(np.float32))
    for variant in ("float32", "int8"):
        path = arguments.out / f"{NAME}_{variant}.tflite"
        if variant == "int8":
            write_int8(model, path, calibration)
        else:
            write_float32(model, path)
        print(json.dumps(score_tflite(path, DATASET / "eval.npz", to_image)))


if __name__ == "__main__":
    main()
