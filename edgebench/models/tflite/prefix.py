"""A model that ends early: its first ops only, with what they leave for the rest as outputs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import at_shapes
from edgebench.models.tflite.reading import unpacked
from edgebench.models.tflite.rewrite import packed


def prefix_of(model: Model, ops: int) -> Model:
    """Return a model's first ops as a model of its own.

    Parameters
    ----------
    ops
        How many, from 1 to all. Every tensor that a later op, or the user, takes from them is an
        output: nothing that they do is for nothing.

    Raises
    ------
    ValueError
        If there are not as many.
    """
    facts = model.facts
    if not 1 <= ops <= len(facts.ops):
        raise ValueError(f"{ops} of {len(facts.ops)} ops")
    if ops == len(facts.ops):
        return model
    made = dict.fromkeys(number for op in facts.ops[:ops] for number in op.outputs)
    later = {number for op in facts.ops[ops:] for number in op.inputs}
    wanted = later | {tensor.index for tensor in facts.outputs}
    changed = unpacked(model.content, str(model.path))
    graph = changed.subgraphs[0]
    graph.operators = graph.operators[:ops]
    graph.outputs = [number for number in made if number in wanted] or list(
        facts.ops[ops - 1].outputs
    )
    # Signatures name outputs that are no more; the order of the inputs is the measured one's.
    graph.inputs = [tensor.index for tensor in facts.inputs]
    changed.signatureDefs = []
    content = packed(changed)
    prefix = replace(
        model,
        variant=f"{model.variant} first {ops}",
        path=Path(f"{model.path}[:{ops}]"),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        signature=None,
        sized=None,
    )
    if model.sized is None:
        return prefix
    shapes = {tensor.index: tensor.shape for tensor in facts.tensors}
    return replace(prefix, sized=at_shapes(prefix.facts, shapes))
