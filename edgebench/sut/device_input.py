"""What an input looks like on a serial line: in the model's own numbers, or as firmware wants it.

MLPerf Tiny's reference firmware takes int8 for kws01, the pixels' own uint8 for ic01 and vww01 (it
subtracts 128 itself), and real values as float32 for ad01 (it quantizes them itself).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.device.options import InputFormat
from edgebench.errors import UsageError
from edgebench.mlperf.tiny.inputs import TINY_INPUTS
from edgebench.models.tflite.tensors import Tensor

OWN_FORMATS: Mapping[str, InputFormat] = {"INT8": "int8", "UINT8": "uint8", "FLOAT32": "float32"}
POSSIBLE: Mapping[str, tuple[InputFormat, ...]] = {
    "INT8": ("int8", "uint8", "float32"),
    "UINT8": ("uint8", "int8", "float32"),
    "FLOAT32": ("float32",),
}
"""What a device can make a model's input of; any other type goes as it is."""
SIGN_BIT = 0x80


def formats_to_try(tensor: Tensor, model_name: str) -> tuple[InputFormat, ...]:
    """Return the formats that a device may take, the likeliest first.

    Parameters
    ----------
    model_name
        What the device calls its model.
    """
    possible = POSSIBLE.get(tensor.type_name, ())
    likeliest = next((taken for name, taken in TINY_INPUTS.items() if name == model_name), None)
    return tuple(sorted(possible, key=lambda each: each != likeliest))


def check_format(tensor: Tensor, wanted: InputFormat) -> None:
    """Refuse a format that an input can't be sent in.

    Raises
    ------
    UsageError
        If it can't.
    """
    possible = POSSIBLE.get(tensor.type_name, ())
    if wanted != "auto" and wanted not in possible:
        raise UsageError.unknown("input_format", wanted, ("auto", *possible))


def wire_bytes(tensor: Tensor, values: NDArray[np.generic], wanted: InputFormat) -> bytes:
    """Return a sample's input as it goes over the line; ``auto`` is the model's own numbers."""
    own: NDArray[Any] = tensor.encode(values)
    if wanted in ("auto", OWN_FORMATS.get(tensor.type_name)):
        return own.tobytes()
    if wanted == "float32":
        return np.asarray(values).astype("<f4").tobytes()
    # int8 and uint8 of the same value differ by 128.
    flipped = np.bitwise_xor(own.reshape(-1).view(np.uint8), np.uint8(SIGN_BIT))
    return flipped.tobytes()
