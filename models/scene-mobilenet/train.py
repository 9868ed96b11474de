"""Train `scene-mobilenet`: MLPerf Tiny's MobileNetV1 0.25 on the `scenes` dataset.

    python datasets/scenes/make.py --train build/scenes/train.npz
    python models/scene-mobilenet/train.py --train build/scenes/train.npz --out build/scenes

The model that is kept is the one of the last epoch: the evaluation set chooses nothing.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from edgebench.training.script import main
from edgebench.training.task import Batch, Task

# Filters of a full-width MobileNetV1 and the stride of each block (1704.04861, table 1).
BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)
ALPHA = 0.25


def mobilenet(width: float, resolution: int | None = None) -> keras.Model:
    """Return MobileNetV1 with a width multiplier of 0.25 times `width`."""
    size = resolution or 96

    def channels(full: int) -> int:
        return max(8, round(full * ALPHA * width))

    inputs = keras.Input((size, size, 3), name="image")
    x = layers.Conv2D(channels(32), 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for full, stride in BLOCKS:
        x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(channels(full), 1, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.AveragePooling2D(x.shape[1])(x)
    # A constant shape with -1 stays one RESHAPE in the .tflite at any batch.
    x = keras.ops.reshape(x, (-1, x.shape[-1]))
    outputs = layers.Dense(2, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="scene_mobilenet")


def mirrored(inputs: Batch, rng: np.random.Generator) -> Batch:
    """Mirror half of the scenes, and shift all by up to 6 pixels."""
    flip = rng.random(len(inputs)) < 0.5
    inputs[flip] = inputs[flip, :, ::-1]
    down, right = rng.integers(-6, 7, 2)
    return np.roll(inputs, (int(down), int(right)), axis=(1, 2))


TASK = Task(
    name="scene-mobilenet",
    dataset="scenes",
    build=mobilenet,
    epochs=14,
    batch=64,
    learning_rate=3e-3,
    vary=mirrored,
    resolution=96,
)

if __name__ == "__main__":
    main(TASK)
