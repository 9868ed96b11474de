"""How wide a model's graph is: how many heavy ops could run at once.

Wang and others (Exploiting Parallelism Opportunities with Deep Learning Frameworks, arXiv
1908.04705, section 4) take a graph's average width, its heavy ops by the levels that they lie on,
for the number of pools that ops should be run in side by side; a pool gets the cores divided by
that number.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.models.tflite.inspect import ModelFacts

HEAVY_SHARE = 0.01
"""An op with this part of the model's multiply-accumulates is heavy; a lookup is heavy anyway."""
LOOKUPS = ("EMBEDDING_LOOKUP", "EMBEDDING_LOOKUP_SPARSE", "GATHER")


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
    made_at: dict[int, int] = {}
    levels: set[int] = set()
    heavy_ops = 0
    for op in facts.ops:
        depth = max((made_at.get(number, 0) for number in op.inputs), default=0)
        is_heavy = op.name in LOOKUPS or (op.macs > 0 and op.macs >= HEAVY_SHARE * facts.macs)
        if is_heavy:
            depth += 1
            heavy_ops += 1
            levels.add(depth)
        for number in op.outputs:
            made_at[number] = depth
    return Width(heavy_ops, len(levels))


def guideline(width: Width, cores: int) -> Guideline:
    """Return what the paper's guideline sets on a machine of so many cores."""
    instances = min(width.pools, cores)
    return Guideline(instances, max(1, cores // instances))
