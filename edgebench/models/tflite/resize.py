"""Derive the facts of a model whose tensors get other shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgebench.models.tflite.inspect import ModelFacts, arena_of
from edgebench.models.tflite.macs import macs_of
from edgebench.models.tflite.shapes import Shape


def at_shapes(facts: ModelFacts, shapes: Mapping[int, Shape]) -> ModelFacts:
    """Return what a model is where its tensors have other shapes, by their numbers.

    Nothing is open any more in those tensors; MACs and the arena are those of the shapes.
    """
    tensors = tuple(
        replace(each, shape=shapes[each.index], shape_signature=shapes[each.index])
        if each.index in shapes and not each.constant_bytes
        else each
        for each in facts.tensors
    )
    ops = tuple(
        replace(
            op,
            macs=macs_of(
                op.name, [tensors[i] for i in op.inputs], [tensors[i] for i in op.outputs]
            ),
        )
        for op in facts.ops
    )
    inputs, outputs = (
        tuple(tensors[each.index] for each in ends) for ends in (facts.inputs, facts.outputs)
    )
    return replace(
        facts,
        tensors=tensors,
        ops=ops,
        inputs=inputs,
        outputs=outputs,
        arena_bytes=arena_of(tensors, ops, inputs, outputs),
    )
