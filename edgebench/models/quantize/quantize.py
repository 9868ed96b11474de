"""Making a quantized version of a float model."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.models.evaluate import agreement
from edgebench.models.interpret import outputs_of
from edgebench.models.quantize.calibrate import CLIPPINGS, Observations, observe, ranges
from edgebench.models.quantize.preflight import Checked, renamed
from edgebench.models.quantize.recipes import Recipe
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Tensor
from edgebench.processes.native_output import captured_stderr

AUTO = "auto"
LEAST_WEIGHT_BYTES = 1024
COMPARED_SAMPLES = 100
"""With ``auto`` the clippings are compared on so many calibration samples."""


@dataclass(frozen=True)
class Quantized:
    """A quantized version.

    ``clipping`` is the one that was used, or empty; ``left_float`` are the ops that stayed in
    float, with their numbers.
    """

    model: Model
    recipe: Recipe
    clipping: str
    calibration_samples: int
    left_float: tuple[str, ...]


def quantized(
    checked: Checked, recipe: Recipe, samples: Sequence[Sample] = (), clipping: str = AUTO
) -> Quantized:
    """Quantize a model that `preflight` has let through.

    Parameters
    ----------
    samples
        Calibration samples in real values; static recipes need some.
    clipping
        One of `CLIPPINGS`, or ``auto``: whichever agrees best with the float model on the
        calibration samples.

    Raises
    ------
    UsageError
        If a static recipe gets no samples, or the clipping is unknown.
    ModelNotSupported
        If the quantizer can't do it.
    RuntimeMissing
        If ai-edge-quantizer is not installed.
    """
    if not recipe.is_static:
        return _made(checked, recipe, None, "", 0)
    if clipping not in (AUTO, *CLIPPINGS):
        raise UsageError.unknown("clipping", clipping, (AUTO, *CLIPPINGS))
    if not samples:
        raise UsageError(
            f"the recipe {recipe.name} needs calibration samples: name some data with `calibrate`",
            field="calibrate",
        )
    seen = observe(checked.model, samples)
    choices = CLIPPINGS if clipping == AUTO else (clipping,)
    made = [_with_clipping(checked, recipe, seen, each) for each in choices]
    if len(made) == 1:
        return made[0]
    few = samples[:COMPARED_SAMPLES]
    reference = outputs_of(checked.model, few)
    return max(made, key=lambda each: agreement(outputs_of(each.model, few), reference).snr_db)


def _with_clipping(
    checked: Checked, recipe: Recipe, seen: Observations, clipping: str
) -> Quantized:
    found = ranges(seen, clipping, recipe.activation_bits)
    return _made(checked, recipe, found, clipping, seen.samples)


def _made(
    checked: Checked, recipe: Recipe, found: dict[str, Any] | None, clipping: str, samples: int
) -> Quantized:
    rules = recipe.rules()
    from ai_edge_quantizer import quantizer

    try:
        with captured_stderr(), contextlib.redirect_stdout(io.StringIO()):
            made = quantizer.Quantizer(bytearray(checked.model.content), rules)
            result = made.quantize(found, enable_progress_report=False)
    except (KeyError, TypeError) as error:  # the quantizer's own
        raise ModelNotSupported(
            f"{checked.model.path}: the recipe {recipe.name} can't be made of it: it has what "
            "ai-edge-quantizer does not expect, such as an op without one of its inputs"
        ) from error
    except (ValueError, RuntimeError) as error:
        raise ModelNotSupported(
            f"{checked.model.path}: the recipe {recipe.name} can't be made of it: {error}"
        ) from error
    model = renamed(checked.model, recipe.name, bytes(result.quantized_model))
    if not any(
        tensor.quantization or tensor.type_name == "FLOAT16" for tensor in model.facts.tensors
    ):
        kinds = ", ".join(sorted({op.custom or op.name for op in model.facts.ops}))
        raise ModelNotSupported(
            f"{checked.model.path}: the recipe {recipe.name} finds nothing to quantize in it; its "
            f"ops are {kinds}"
        )
    return Quantized(model, recipe, clipping, samples, _left_float(model, recipe))


def _is_float_weight(tensor: Tensor) -> bool:
    return tensor.type_name == "FLOAT32" and tensor.constant_bytes >= LEAST_WEIGHT_BYTES


def _left_float(model: Model, recipe: Recipe) -> tuple[str, ...]:
    facts = model.facts
    if not recipe.is_static:
        weights = [
            op for op in facts.ops if any(_is_float_weight(facts.tensors[i]) for i in op.inputs)
        ]
        return tuple(f"{op.name} #{op.index}" for op in weights)
    return tuple(
        f"{op.name} #{op.index}"
        for op in facts.ops
        if op.name not in ("QUANTIZE", "DEQUANTIZE")
        and any(
            facts.tensors[i].type_name == "FLOAT32" for i in (*op.inputs, *op.outputs) if i >= 0
        )
    )
