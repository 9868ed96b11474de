"""A graph's width is the one that the authors' rule gives: TF-Tuner's, of arXiv 1908.04705.

The rule, in another way than ours: the graph of heavy ops alone, each with those that it needs
with no heavy op between; its depth is its longest path.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edgebench.models.tflite.inspect import ModelFacts, Op
from edgebench.models.tflite.width import width_of


class Graph:
    """A graph that is made op by op; an op is named by the tensor that it makes."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        # The input, and a table.
        self.sizes = [0, 64]

    def op(self, name: str, *inputs: int, macs: int = 100) -> int:
        made = len(self.sizes)
        self.sizes.append(0)
        self.ops.append(Op(len(self.ops), name, inputs, (made,), macs, 0))
        return made

    def chain(self, source: int, *names: str) -> int:
        for name in names:
            source = self.op(name, source)
        return source

    @property
    def facts(self) -> ModelFacts:
        """What `width_of` takes of a model."""
        tensors = [SimpleNamespace(constant_bytes=size) for size in self.sizes]
        macs = sum(op.macs for op in self.ops)
        return cast(ModelFacts, SimpleNamespace(ops=self.ops, tensors=tensors, macs=macs))


def inception(modules: int, branches: tuple[int, ...]) -> Graph:
    """Return a stem of three convolutions, and modules of chains of convolutions."""
    graph = Graph()
    source = graph.chain(0, *["CONV_2D"] * 3)
    for _ in range(modules):
        ends = [graph.chain(source, *["CONV_2D"] * depth) for depth in branches]
        source = graph.op("CONCATENATION", *ends, macs=0)
    graph.op("FULLY_CONNECTED", source)
    return graph


def heads(scales: int) -> Graph:
    """Return a detector: a chain of convolutions, two heads on each of its scales."""
    graph, ends = Graph(), []
    source = graph.chain(0, "CONV_2D", "DEPTHWISE_CONV_2D")
    for _ in range(scales):
        source = graph.chain(source, "CONV_2D", "DEPTHWISE_CONV_2D")
        ends += [graph.op("CONV_2D", source), graph.op("CONV_2D", source)]
    graph.op("CONCATENATION", *ends, macs=0)
    return graph


def towers(kind: str) -> Graph:
    """Return two recurrent towers and a product of their ends."""
    graph = Graph()
    left, right = (graph.chain(0, kind, "FULLY_CONNECTED") for _ in range(2))
    graph.op("BATCH_MATMUL", left, right)
    return graph


def tables(count: int) -> Graph:
    """Return GATHERs from tables, a product of matrices, and a GATHER of chosen values."""
    graph = Graph()
    rows = [graph.op("GATHER", 1, 0, macs=0) for _ in range(count)]
    joined = graph.op("CONCATENATION", *rows, macs=0)
    chosen = graph.op("GATHER", graph.op("FULLY_CONNECTED", joined), 1, macs=0)
    graph.op("FULLY_CONNECTED", chosen)
    return graph


def by_the_authors_rule(graph: Graph, heavy: set[int]) -> float:
    makers = {number: op for op in graph.ops for number in op.outputs}

    def parents(op: Op) -> set[int]:
        found: set[int] = set()
        left = [makers[number] for number in op.inputs if number in makers]
        while left:
            each = left.pop()
            if each.index in heavy:
                found.add(each.index)
            else:
                left += [makers[number] for number in each.inputs if number in makers]
        return found

    @cache
    def depth(index: int) -> int:
        return 1 + max((depth(each) for each in parents(graph.ops[index])), default=0)

    return len(heavy) / max(depth(index) for index in heavy)


def named(graph: Graph, *names: str) -> set[int]:
    return {op.index for op in graph.ops if op.name in names}


CONVOLVED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "BATCH_MATMUL")


@pytest.mark.parametrize(
    ("graph", "heavy", "average"),
    [
        # A small op of a deep graph is heavy by its kind, however many others there are.
        (inception(12, (1, 2, 3, 1)), CONVOLVED, 2.2),
        (inception(9, (1, 2, 2, 1)), CONVOLVED, 58 / 22),
        (inception(28, (1, 1, 1, 1)), CONVOLVED, 116 / 32),
        (heads(6), CONVOLVED, 26 / 15),
        (
            towers("UNIDIRECTIONAL_SEQUENCE_LSTM"),
            (*CONVOLVED, "UNIDIRECTIONAL_SEQUENCE_LSTM"),
            5 / 3,
        ),
        (towers("SVDF"), (*CONVOLVED, "SVDF"), 5 / 3),
    ],
)
def test_a_graph_is_as_wide_as_the_authors_rule_has_it(
    graph: Graph, heavy: tuple[str, ...], average: float
) -> None:
    found = width_of(graph.facts)
    assert found.average == pytest.approx(by_the_authors_rule(graph, named(graph, *heavy)))
    assert found.average == pytest.approx(average)


def test_where_rows_are_looked_up_products_are_light() -> None:
    graph = tables(5)
    found: Any = width_of(graph.facts)
    lookups = {op.index for op in graph.ops if op.name == "GATHER" and op.inputs[0] == 1}
    assert found.average == by_the_authors_rule(graph, lookups) == 5
