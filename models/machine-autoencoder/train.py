"""Train `machine-autoencoder`: MLPerf Tiny's autoencoder on the `machines` dataset.

    python datasets/machines/make.py --train build/machines/train.npz
    python models/machine-autoencoder/train.py --train build/machines/train.npz --out build/ad

It sees healthy machines only. The model that is kept is the one of the last epoch: the
evaluation set chooses nothing.
"""

from __future__ import annotations

import keras
from keras import layers

from edgebench.training.script import main
from edgebench.training.task import Task


def autoencoder(width: float, resolution: int | None = None) -> keras.Model:
    """Return MLPerf Tiny's autoencoder: 640, four layers of 128, 8, four of 128, 640."""
    inputs = x = keras.Input((640,), name="log_mel")
    wide = max(8, round(128 * width))
    for units in (wide, wide, wide, wide, 8, wide, wide, wide, wide):
        x = layers.Dense(units)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(inputs, layers.Dense(640)(x), name="machine_autoencoder")


TASK = Task(
    name="machine-autoencoder",
    dataset="machines",
    build=autoencoder,
    epochs=20,
    batch=256,
    learning_rate=2e-3,
    autoencoder=True,
)

if __name__ == "__main__":
    main(TASK)
