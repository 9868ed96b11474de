"""Encode an input for a serial line: in the model's own numbers, or as firmware wants it.

MLPerf Tiny's reference firmware takes int8 for kws01, the pixels' own uint8 for ic01 and vww01 (it
subtracts 128 itself), and real values as float32 for ad01 (it quantizes them itself). Several
inputs go as one block, which has the model's own numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.device.options import InputFormat
from edgebench.errors import DeviceMismatch, UsageError
from edgebench.mlperf.tiny.inputs import TINY_INPUTS
from edgebench.models.tflite.block import Part, block_of
from edgebench.models.tflite.tensors import Tensor

OWN_FORMATS: Mapping[str, InputFormat] = {"INT8": "int8", "UINT8": "uint8", "FLOAT32": "float32"}
POSSIBLE: Mapping[str, tuple[InputFormat, ...]] = {
    "INT8": ("int8", "uint8", "float32"),
    "UINT8": ("uint8", "int8", "float32"),
    "FLOAT32": ("float32",),
}
"""What a device can make a model's input of; any other type goes as it is."""
SIGN_BIT = 0x80


def formats_to_try(inputs: Sequence[Tensor], model_name: str) -> tuple[InputFormat, ...]:
    """Return the formats that a device may take, the likeliest first.

    Parameters
    ----------
    model_name
        What the device calls its model.
    """
    possible = _possible(inputs)
    likeliest = next((taken for name, taken in TINY_INPUTS.items() if name == model_name), None)
    return tuple(sorted(possible, key=lambda each: each != likeliest))


def check_format(inputs: Sequence[Tensor], wanted: InputFormat) -> None:
    """Refuse a format that a model's inputs can't be sent in.

    Raises
    ------
    UsageError
        If they can't.
    """
    possible = _possible(inputs)
    if wanted == "auto" or wanted in possible:
        return
    if len(inputs) > 1:
        raise UsageError(
            f"`input_format` is for models of one input, this one has {len(inputs)}: leave it out",
            field="input_format",
            value=wanted,
        )
    raise UsageError.unknown("input_format", wanted, ("auto", *possible))


def stated_format(inputs: Sequence[Tensor], stated: str) -> InputFormat:
    """Return the format that firmware says it takes; ``auto`` where it says another word.

    Raises
    ------
    DeviceMismatch
        If the model's inputs can't be sent in it.
    """
    found: InputFormat = next((each for each in get_args(InputFormat) if each == stated), "auto")
    if found != "auto" and len(inputs) > 1:
        raise DeviceMismatch(
            f"the device takes one input as {found}, the model has {len(inputs)}: was its firmware "
            "built for another model?"
        )
    return found


def _possible(inputs: Sequence[Tensor]) -> tuple[InputFormat, ...]:
    return POSSIBLE.get(inputs[0].type_name, ()) if len(inputs) == 1 else ()


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


def wire_block(parts: Sequence[Part], sample: Sample, wanted: InputFormat) -> bytes:
    """Return a sample as it goes over the line: several inputs as the block that firmware takes."""
    pairs = zip(parts, sample, strict=True)
    rows = [wire_bytes(part.tensor, values, wanted) for part, values in pairs]
    return rows[0] if len(rows) == 1 else block_of(parts, rows)
