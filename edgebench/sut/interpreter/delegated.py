"""Which ops of a TensorFlow Lite model its delegates took: by the graph that is left of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgebench.models.tflite.inspect import ModelFacts
from edgebench.rundir.records.placement import Placement, placed

XNNPACK = "XNNPACK"
DELEGATE = "DELEGATE"
"""The name of the op that the runtimes put in place of those that a delegate takes."""
SOURCE = "the partitions that the runtime made of the graph"


def ops_of(interpreter: Any) -> Sequence[Mapping[str, Any]]:
    """Return the ops of an interpreter whose tensors are allocated; those of delegates come last.

    Not a documented call, but the only one that tells what a delegate took, and in both runtimes;
    without it nothing is claimed.
    """
    list_ops = getattr(interpreter, "_get_ops_details", None)
    return [] if list_ops is None else list_ops()


def placement_of(
    interpreter: Any, facts: ModelFacts, delegate: str | None, own_nodes: int
) -> Placement | None:
    """Return what took each op; None if the runtime does not tell.

    Parameters
    ----------
    delegate, own_nodes
        The user's, and how many parts of the graph it took: its parts stand before XNNPACK's.
    """
    ops = ops_of(interpreter)
    computed = [op for op in ops if op["op_name"] != DELEGATE]
    if len(computed) != len(facts.ops):
        return None
    producers = {int(made): op.index for op in facts.ops for made in op.outputs}
    takers: dict[int, tuple[str, str]] = {}
    for number, part in enumerate(op for op in ops if op["op_name"] == DELEGATE):
        is_own = delegate is not None and number < own_nodes
        taker = (str(delegate), "") if is_own else (XNNPACK, "cpu")
        for index in _between(part, producers, facts):
            takers.setdefault(index, taker)
    return Placement(
        placed(
            {op.index: op.custom or op.name for op in facts.ops},
            takers,
            {op.index: op.macs for op in facts.ops},
        ),
        SOURCE,
    )


def _between(
    part: Mapping[str, Any], producers: Mapping[int, int], facts: ModelFacts
) -> Sequence[int]:
    """Return the ops that lead from a part's inputs to its outputs."""
    given = {int(tensor) for tensor in part["inputs"]}
    found: dict[int, None] = {}
    wanted = [int(tensor) for tensor in part["outputs"]]
    while wanted:
        index = producers.get(wanted.pop())
        if index is None or index in found:
            continue
        found[index] = None
        wanted += [tensor for tensor in facts.ops[index].inputs if tensor not in given]
    return tuple(found)
