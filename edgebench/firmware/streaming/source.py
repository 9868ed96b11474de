"""Write what the firmware of a streaming model has besides its network: tables in C."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from numpy.typing import NDArray

from edgebench.datasets.log_mel import BANDS
from edgebench.datasets.stream import StreamSpec
from edgebench.errors import UsageError
from edgebench.firmware.emitting import c_text
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.streaming import tables
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Quantization, Tensor

FILE = "eb_stream_tables.c"
NOTHING_IS_BELOW, NOTHING_IS_ABOVE = -129, 127


def stream_files(model: Model) -> Mapping[str, str]:
    """Return the C of a streaming model's tables, by file name.

    Raises
    ------
    UsageError
        If the model does not take frames of features: `check_streaming`.
    """
    check_streaming(model)
    names, taken = CNames(), _quantization(model.facts.inputs[0])
    mel = tables.mel()
    arrays: Mapping[str, NDArray[Any]] = {
        "eb_window": tables.window(),
        "eb_sines": tables.sines(),
        "eb_mel_upper": mel.upper,
        "eb_mel_rising": mel.rising,
        "eb_feature_thresholds": tables.thresholds(taken.scales[0], taken.zero_points[0]),
    }
    parts = [
        "/* Written by edgebench: don't edit. */\n",
        '#include "eb_stream_tables.h"\n\n#include "eb_platform.h"\n',
        *(c_text.array(name, values, names, is_static=False) for name, values in arrays.items()),
        f"const uint32_t eb_detected_output = {listens_as(model).output}U;\n"
        f"const int32_t eb_detected_above = {detected_above(model)};\n",
    ]
    return {FILE: "\n".join(parts)}


def listens_as(model: Model) -> StreamSpec:
    """Return which output is the wake word's, and from where on: the card's, or the reference's."""
    stated = None if model.card is None else model.card.stream
    return stated or StreamSpec()


def detected_above(model: Model) -> int:
    """Return what the wake word's output, in the model's own numbers, is above when it is heard."""
    given = _quantization(model.facts.outputs[0])
    steps = Decimal(str(listens_as(model).threshold)) / Decimal(given.scales[0])
    above = math.floor(steps) + given.zero_points[0]
    return max(NOTHING_IS_BELOW, min(above, NOTHING_IS_ABOVE))


def check_streaming(model: Model) -> None:
    """Refuse a model that takes no frames of features, or gives nothing to compare.

    Raises
    ------
    UsageError
        If it is such a model.
    """
    taken, given = model.facts.inputs[0], model.facts.outputs[0]
    for what, tensor in (("takes", taken), ("gives", given)):
        if tensor.type_name != "INT8" or tensor.quantization is None:
            raise UsageError(
                f"{model.label} {what} {tensor.type_name.lower()}: MLPerf Tiny's streaming wake "
                "word is for int8 models",
                field="benchmark",
            )
    if taken.elements % BANDS:
        raise UsageError(
            f"{model.label} takes {taken.elements} values: a streaming wake word takes frames of "
            f"{BANDS} features",
            field="benchmark",
        )
    output = listens_as(model).output
    if output >= given.elements:
        raise UsageError(
            f"{model.label} has {given.elements} outputs, its card says that number {output} is "
            "the wake word's",
            field="benchmark",
        )


def _quantization(tensor: Tensor) -> Quantization:
    assert tensor.quantization is not None  # noqa: S101 (check_streaming has seen it)
    return tensor.quantization
