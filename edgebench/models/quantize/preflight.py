"""Refuse what would silently ruin a model, or repair it and say so."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

from edgebench.errors import ModelNotSupported
from edgebench.models.quantize.recipes import unknown_ops
from edgebench.models.resolve import Model
from edgebench.models.sizing import sized_alike
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.models.tflite.flatbuffer.rewrite import (
    add_signature,
    keep_signature,
    normalize_op_codes,
    packed,
)
from edgebench.models.tflite.tensors import Tensor

QUANTIZED_TYPES = ("INT8", "UINT8", "INT4", "UINT4", "INT16", "FLOAT16")

INTEGER_TYPES = ("INT8", "UINT8", "INT16")
"""Those of activations in a model that computes with integers."""


@dataclass(frozen=True)
class Checked:
    """A float model that can be quantized, what was repaired in it, and what stays in float."""

    model: Model
    repairs: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def preflight(model: Model) -> Checked:
    """Check a model before it is quantized.

    Raises
    ------
    ModelNotSupported
        If it is quantized already, or has no float input.
    RuntimeMissing
        If ai-edge-quantizer is not installed.
    """
    facts = model.facts
    quantized = [tensor for tensor in facts.tensors if _is_quantized(tensor)]
    if quantized:
        first = quantized[0]
        kind = _kind(model)
        raise ModelNotSupported(
            f"{model.path}: it is quantized already ({kind}): {len(quantized)} of its tensors are "
            f"{first.type_name.lower()} or alike, the first is `{first.name[:60]}`. Quantizing it "
            "again would ruin it without a word: start from the float32 model"
        )
    if not any(tensor.type_name == "FLOAT32" for tensor in facts.inputs):
        raise ModelNotSupported(f"{model.path}: none of its inputs is float32")
    table = unpacked(model.content, str(model.path))
    repairs = []
    if normalize_op_codes(table):
        repairs.append("op codes of an old converter were written in the field that is read now")
    if others := keep_signature(table, facts.signature):
        repairs.append(
            f"only its signature {facts.signature} is made smaller: {', '.join(others)} "
            f"{'is' if len(others) == 1 else 'are'} left out (`signature` chooses another)"
        )
    if add_signature(table):
        repairs.append("it had no signature: one over its inputs and outputs was added")
    warnings = _warnings(model)
    if not repairs:
        return Checked(model, (), warnings)
    content = packed(table)
    digest = hashlib.sha256(content).hexdigest()
    changed = dataclasses.replace(model, sha256=digest, content=content, signature=None, sized=None)
    return Checked(
        sized_alike(changed, model),
        tuple(repairs),
        warnings,
    )


def _kind(model: Model) -> str:
    """Return what kind of quantized model it is, in words."""
    facts = model.facts
    activations = {i for op in facts.ops for i in op.outputs}
    is_integer = any(
        facts.tensors[i].type_name in INTEGER_TYPES and not facts.tensors[i].constant_bytes
        for i in activations
    )
    ends = {tensor.type_name for tensor in (*facts.inputs, *facts.outputs)}
    if not is_integer and "FLOAT32" in ends:
        # Weights that are made float before their use, or used as they are by hybrid kernels.
        is_unpacked = any(
            op.name == "DEQUANTIZE" and facts.tensors[op.inputs[0]].constant_bytes
            for op in facts.ops
            if op.inputs
        )
        return "weight-only" if is_unpacked else "dynamic-range"
    return "integer, with float32 inputs or outputs" if "FLOAT32" in ends else "integer"


def _warnings(model: Model) -> tuple[str, ...]:
    unknown = unknown_ops(op.custom or op.name for op in model.facts.ops)
    if not unknown:
        return ()
    return (
        f"the quantizer does not know {', '.join(unknown)}: they stay in float32, with a "
        "conversion before and after each, in every version",
    )


def _is_quantized(tensor: Tensor) -> bool:
    constant = tensor.constant_bytes > 0 and tensor.type_name in QUANTIZED_TYPES
    return constant or (tensor.quantization is not None and tensor.type_name in QUANTIZED_TYPES)


def renamed(model: Model, variant: str, content: bytes) -> Model:
    """Return a version of a model under another variant's name, without its card."""
    digest = hashlib.sha256(content).hexdigest()
    version = dataclasses.replace(
        model,
        variant=variant,
        sha256=digest,
        content=content,
        card=None,
        path=model.path.with_name(f"{model.name}_{variant}.tflite"),
        sized=None,
    )
    return sized_alike(version, model)
