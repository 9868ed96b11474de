"""Advise on a model that the firmware cannot compute as it is."""

from __future__ import annotations

from collections.abc import Callable

from edgebench.models.prefix import name_of, results_of, until_op
from edgebench.models.resolve import Model
from edgebench.text.call_text import call_text

DATA = "DATA"
"""Stands for samples of a model without a card: only the user knows where they are."""


COMPILED_FOR = {"edgetpu-custom-op": "Coral's Edge TPU", "ethos-u": "Arm's Ethos-U"}
"""The accelerator whose compiler made a custom op of a part of the model."""
BOARD = "BOARD"
"""Stands for a board's card."""


def until_advice(model: Model, index: int, why_not: Callable[[Model], str]) -> str:
    """Return how to compile the part before a custom op, or one with most of the multiplications.

    Nothing where an accelerator's compiler has left no such part, or where it doesn't compile.

    Parameters
    ----------
    why_not
        Returns what keeps a model from being compiled; nothing if it compiles.
    """
    ops = model.facts.ops
    is_most = 2 * sum(op.macs for op in ops[:index]) > model.facts.macs
    is_worth_it = is_most or bool(ops[index].custom)
    if not is_worth_it or ops[index].custom in COMPILED_FOR or not results_of(model.facts, index):
        return ""
    first = next(op for op in ops if name_of(op) == name_of(ops[index]))
    until = name_of(first) if first.index == index else str(index)
    if why_not(until_op(model, until)):
        return ""
    return f"the part before it compiles: {call_text('deploy', model.spec, BOARD, until=until)}"


def int8_advice(model: Model) -> str:
    """Return how to get an int8 model; a command only where it takes this very model."""
    weights = {tensor.type_name for tensor in model.facts.tensors if tensor.constant_bytes}
    stored = weights & {"INT8", "UINT8", "INT4", "UINT4", "INT2", "INT16", "FLOAT16"}
    is_float = any(tensor.type_name == "FLOAT32" for tensor in model.facts.inputs)
    if is_float and not stored:
        # Its activations are calibrated: without data the command would ask for some.
        data = model.card.dataset if model.card else DATA
        return call_text("quantize", model.spec, recipes=["int8"], calibrate=data)
    if stored and is_float:
        return (
            "its weights are stored in fewer bits, but it computes with floats; quantize the "
            "float32 model that it was made from to int8"
        )
    return "convert the model again, with full integer quantization to int8"
