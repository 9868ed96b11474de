"""Train `digits-resnet8`: MLPerf Tiny's ResNet-8 on the `digits` dataset.

    python datasets/digits/make.py --train build/digits/train.npz
    python models/digits-resnet8/train.py --train build/digits/train.npz --out build/digits

The model that is kept is the one of the last epoch: the evaluation set chooses nothing.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, regularizers

from edgebench.training.script import main
from edgebench.training.task import Batch, Task


def resnet8(width: float, resolution: int | None = None) -> keras.Model:
    """Return MLPerf Tiny's ResNet-8; its stacks are 16, 32 and 64 filters wide times `width`."""
    size = resolution or 32
    filters = max(4, round(16 * width))

    def conv(x: keras.KerasTensor, wide: int, kernel: int, stride: int) -> keras.KerasTensor:
        return layers.Conv2D(
            wide,
            kernel,
            strides=stride,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=regularizers.l2(1e-4),
        )(x)

    def normalised(x: keras.KerasTensor, relu: bool = True) -> keras.KerasTensor:
        x = layers.BatchNormalization()(x)
        return layers.ReLU()(x) if relu else x

    inputs = keras.Input((size, size, 3), name="image")
    x = normalised(conv(inputs, filters, 3, 1))
    for wide, stride in ((filters, 1), (2 * filters, 2), (4 * filters, 2)):
        y = normalised(conv(x, wide, 3, stride))
        y = normalised(conv(y, wide, 3, 1), relu=False)
        if stride != 1:
            x = conv(x, wide, 1, stride)
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.AveragePooling2D(x.shape[1])(x)
    # A constant shape with -1 stays one RESHAPE in the .tflite at any batch.
    x = keras.ops.reshape(x, (-1, 4 * filters))
    outputs = layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="digits_resnet8")


def shifted(inputs: Batch, rng: np.random.Generator) -> Batch:
    """Shift each image by up to a tenth of its size and change its contrast."""
    size = inputs.shape[1]
    room = max(1, round(size * 0.1))
    padded = np.pad(inputs, ((0, 0), (room, room), (room, room), (0, 0)))
    corners = rng.integers(0, 2 * room + 1, (len(inputs), 2))
    cut = [image[y : y + size, x : x + size] for image, (y, x) in zip(padded, corners, strict=True)]
    contrast = rng.uniform(0.8, 1.2, (len(inputs), 1, 1, 1)).astype(np.float32)
    return np.stack(cut) * contrast


TASK = Task(
    name="digits-resnet8",
    dataset="digits",
    build=resnet8,
    epochs=40,
    batch=32,
    vary=shifted,
    resolution=32,
)

if __name__ == "__main__":
    main(TASK)
