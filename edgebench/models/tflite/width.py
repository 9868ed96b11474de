"""How wide a model's graph is: how many heavy ops could run at once.

Wang and others (Exploiting Parallelism Opportunities with Deep Learning Frameworks, arXiv
1908.04705, section 4) take a graph's average width, its heavy ops by the levels that they lie on,
for the number of pools that ops should be run in side by side; a pool gets the cores divided by
that number. Which ops are heavy goes by their kind, as in the authors' tool for TensorFlow:
convolutions always, products of matrices where nothing is looked up, lookups of embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.models.tflite.inspect import ModelFacts, Op

CONVOLUTIONS = frozenset(
    ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "CONV_3D", "CONV_3D_TRANSPOSE")
)
PRODUCTS = frozenset(
    (
        *("FULLY_CONNECTED", "BATCH_MATMUL", "SVDF", "LSTM", "RNN"),
        *("UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM"),
        *("UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN"),
    )
)
LOOKUPS = frozenset(("EMBEDDING_LOOKUP", "EMBEDDING_LOOKUP_SPARSE"))


@dataclass(frozen=True)
class Width:
    """Heavy ops, and the levels of the graph that they lie on (a level: what can run at once)."""

    heavy_ops: int
    levels: int

    @property
    def average(self) -> float:
        """Heavy ops a level; 1 for a chain."""
        return self.heavy_ops / self.levels if self.levels else 1.0

    @property
    def pools(self) -> int:
        """How many pools the guideline has."""
        return max(1, int(self.average))


@dataclass(frozen=True)
class Guideline:
    """So many instances (the paper's pools), and threads in each."""

    instances: int
    threads: int


def width_of(facts: ModelFacts) -> Width:
    """Return a model's width.

    A heavy op lies one level below the deepest heavy op that it needs the output of.
    """
    lookups = {op.index for op in facts.ops if _is_lookup(facts, op)}
    heavy = CONVOLUTIONS if lookups else CONVOLUTIONS | PRODUCTS
    made_at: dict[int, int] = {}
    levels: set[int] = set()
    heavy_ops = 0
    for op in facts.ops:
        depth = max((made_at.get(number, 0) for number in op.inputs), default=0)
        if op.index in lookups or op.name in heavy:
            depth += 1
            heavy_ops += 1
            levels.add(depth)
        for number in op.outputs:
            made_at[number] = depth
    return Width(heavy_ops, len(levels))


def _is_lookup(facts: ModelFacts, op: Op) -> bool:
    """Say whether an op takes rows of a table: a GATHER does if the table alone is constant."""
    if op.name != "GATHER":
        return op.name in LOOKUPS
    is_constant = [
        0 <= number < len(facts.tensors) and facts.tensors[number].constant_bytes > 0
        for number in op.inputs[:2]
    ]
    return is_constant == [True, False]


def guideline(width: Width, cores: int) -> Guideline:
    """Return what the paper's guideline sets on a machine of so many cores."""
    instances = min(width.pools, cores)
    return Guideline(instances, max(1, cores // instances))
