"""A model's training task, as its script states it; the rest is the same for every model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]
Build = Callable[[float, int | None], Any]
"""From a width multiplier and a resolution (None: the reference's) to a Keras model."""


@dataclass(frozen=True)
class Task:
    """How a model of the zoo is trained.

    Attributes
    ----------
    name, dataset
        Of the model's card and of its dataset's.
    build
        Makes the network.
    epochs, batch, learning_rate
        Of Adam with a cosine decay to 0.
    vary
        Makes a training batch harder: shifts, noise, mirror images.
    autoencoder
        The target is the input, and the loss the mean squared error.
    resolution
        The reference's, where it can be changed.
    """

    name: str
    dataset: str
    build: Build
    epochs: int
    batch: int = 100
    learning_rate: float = 2e-3
    vary: Callable[[Batch, np.random.Generator], Batch] | None = None
    autoencoder: bool = False
    resolution: int | None = None
    seed: int = 1
