"""Train `kws-ds-cnn`: MLPerf Tiny's DS-CNN on the `kws` dataset.

    python datasets/kws/make.py --train build/kws/train.npz
    python models/kws-ds-cnn/train.py --train build/kws/train.npz

writes the float32 and int8 .tflite beside this file and prints what the card records. The
model that is kept is the one of the last epoch: the evaluation set chooses nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

from edgebench.training.export import write_float32, write_int8
from edgebench.training.score import score_tflite

NAME = "kws-ds-cnn"
DATASET = Path(__file__).parents[2] / "datasets" / "kws"
SEED = 1
BATCH = 100


def ds_cnn(filters: int) -> keras.Model:
    """Return MLPerf Tiny's depthwise-separable CNN, `filters` wide (64 in the reference)."""
    inputs = x = keras.Input((49, 10, 1), name="mfcc")
    x = layers.Conv2D(filters, (10, 4), strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(0.2)(x)
    for _ in range(4):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(filters, 1, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dropout(0.4)(x)
    x = layers.AveragePooling2D((25, 5))(x)
    # A constant shape with -1 stays one RESHAPE in the .tflite at any batch.
    x = keras.ops.reshape(x, (-1, filters))
    outputs = layers.Dense(12, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name=NAME.replace("-", "_"))


def main() -> None:
    """Train, convert, score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--filters", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(SEED)

    with np.load(arguments.train) as data:
        inputs, labels = data["inputs"].astype(np.float32), data["labels"]
    model = ds_cnn(arguments.filters)
    steps = arguments.epochs * len(labels) // BATCH
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(inputs, labels, batch_size=BATCH, epochs=arguments.epochs, verbose=2)

    with np.load(DATASET / "calibration.npz") as data:
        calibration = data["inputs"].astype(np.float32)
    for variant in ("float32", "int8"):
        path = arguments.out / f"{NAME}_{variant}.tflite"
        if variant == "int8":
            write_int8(model, path, calibration)
        else:
            write_float32(model, path)
        print(json.dumps(score_tflite(path, DATASET / "eval.npz")))


if __name__ == "__main__":
    main()
