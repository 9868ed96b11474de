"""A model that ends early: its first ops only, with what they leave for the rest as outputs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edgebench.errors import ModelNotSupported, UsageError
from edgebench.models.resolve import Model
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.models.tflite.flatbuffer.rewrite import packed, write_signature
from edgebench.models.tflite.inspect import ModelFacts, Op
from edgebench.models.tflite.resize import at_shapes
from edgebench.models.tflite.tensors import DTYPES
from edgebench.runtimes.contract import TFLITE


def until_op(model: Model, op: str | None) -> Model:
    """Return the part of a model before an op; the whole model if that is None.

    Parameters
    ----------
    op
        Its number, or its name: a custom op's own, or the schema's, of which the first is meant.

    Raises
    ------
    UsageError
        If there is no such op, or nothing before it.
    ModelNotSupported
        If it is no .tflite.
    """
    if op is None:
        return model
    if model.format != TFLITE:
        raise ModelNotSupported(
            f"{model.label}: `until` cuts a {TFLITE} file, not a {model.format}", field="until"
        )
    found = _op_called(model, op)
    if not results_of(model.facts, found.index):
        raise UsageError(
            f"`until`: nothing is computed before op {found.index}, {name_of(found)}",
            field="until",
            value=op,
        )
    return replace(
        prefix_of(model, found.index),
        variant=model.variant,
        path=model.path,
        until=f"{found.index}, {name_of(found)}",
    )


def name_of(op: Op) -> str:
    """Return what an op is called: a custom one by its own name."""
    return op.custom or op.name


def _op_called(model: Model, text: str) -> Op:
    ops = model.facts.ops
    wanted = text.casefold()
    found = [each for each in ops if wanted in (str(each.index), name_of(each).casefold())]
    if found:
        return found[0]
    names = dict.fromkeys(map(name_of, ops))
    raise UsageError.unknown("until", text, names, otherwise=f"a number from 1 to {len(ops) - 1}")


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
        If there are not as many, or they leave no result: see `results_of`.
    """
    facts = model.facts
    if not 1 <= ops <= len(facts.ops):
        raise ValueError(f"{ops} of {len(facts.ops)} ops")
    if ops == len(facts.ops):
        return model
    outputs = results_of(facts, ops)
    if not outputs:
        raise ValueError(f"the first {ops} of {len(facts.ops)} ops leave no result")
    changed = unpacked(model.content, str(model.path))
    graph = changed.subgraphs[0]
    graph.operators = graph.operators[:ops]
    graph.outputs = outputs
    graph.inputs = [tensor.index for tensor in facts.inputs]
    if facts.signatures:
        names = _output_names(facts, outputs)
        write_signature(changed, facts.signature, facts.input_names, names)
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


def _output_names(facts: ModelFacts, outputs: Sequence[int]) -> list[str]:
    """Return the signature's names of outputs that it has, and the tensors' own of the others."""
    ends = dict(zip((tensor.index for tensor in facts.outputs), facts.output_names, strict=True))
    found = [ends.get(number, facts.tensors[number].name) for number in outputs]
    count = Counter(found)
    return [
        name if name and count[name] == 1 else f"output_{place}" for place, name in enumerate(found)
    ]


def results_of(facts: ModelFacts, ops: int) -> list[int]:
    """Return the tensors that the first ops leave for the rest, or for the user.

    What is made of constants only is none: runtimes compute it once, or fold it away. Neither is
    the handle of a variable, which nothing outside the graph can hold.
    """
    made = dict.fromkeys(number for op in facts.ops[:ops] for number in op.outputs)
    later = {number for op in facts.ops[ops:] for number in op.inputs}
    wanted = later | {tensor.index for tensor in facts.outputs}
    fixed = _made_of_constants(facts)
    seen = [
        number
        for number in made
        if number not in fixed and facts.tensors[number].type_name in DTYPES
    ]
    last = facts.ops[ops - 1].outputs if ops else ()
    return [number for number in seen if number in wanted] or [n for n in last if n in seen]


def _made_of_constants(facts: ModelFacts) -> set[int]:
    fixed = {tensor.index for tensor in facts.tensors if tensor.constant_bytes}
    for op in facts.ops:
        if op.inputs and fixed.issuperset(op.inputs):
            fixed.update(op.outputs)
    return fixed
