"""Train `kws-ds-cnn`: MLPerf Tiny's DS-CNN on the `kws` dataset.

    python datasets/kws/make.py --train build/kws/train.npz
    python models/kws-ds-cnn/train.py --train build/kws/train.npz --out build/kws

The model that is kept is the one of the last epoch: the evaluation set chooses nothing.
"""

from __future__ import annotations

import keras
from keras import layers

from edgebench.training.script import main
from edgebench.training.task import Task


def ds_cnn(width: float, resolution: int | None = None) -> keras.Model:
    """Return MLPerf Tiny's depthwise-separable CNN, `width` times 64 filters wide."""
    filters = max(8, round(64 * width))
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
    return keras.Model(inputs, outputs, name="kws_ds_cnn")


TASK = Task(name="kws-ds-cnn", dataset="kws", build=ds_cnn, epochs=24, batch=100)

if __name__ == "__main__":
    main(TASK)
