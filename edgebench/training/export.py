"""A trained Keras model to .tflite: float32 and int8, as a microcontroller wants them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_float32(model: Any, path: Path) -> None:
    """Convert a Keras model as it is, with a batch that can be resized."""
    path.write_bytes(_converter(model).convert())


def write_int8(model: Any, path: Path, representative: NDArray[np.float32]) -> None:
    """Convert a Keras model to full-integer int8, its input and output included.

    Parameters
    ----------
    model
        A Keras model with one input.
    path
        The .tflite file to write.
    representative
        Shape (n, *input shape): training samples that the activation ranges are taken from.
    """
    import tensorflow as tf

    def samples() -> Iterator[list[NDArray[np.float32]]]:
        for sample in representative:
            yield [sample[None].astype(np.float32)]

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    path.write_bytes(converter.convert())


def _converter(model: Any) -> Any:
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_keras_model(model)
