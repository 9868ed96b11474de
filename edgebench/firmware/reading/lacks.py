"""What keeps a model from being compiled: all of it, not only the first op."""

from __future__ import annotations

from collections.abc import Sequence

from edgebench.errors import ModelNotSupported

MOST_KINDS = 8
"""Of reasons that one message names."""


class OpRefused(ModelNotSupported):
    """An op that the firmware can't compute: which, why, and what to do."""

    def __init__(self, label: str, index: int, name: str, why: str, advice: str) -> None:
        super().__init__(f"{label}: op {index}, {name}: {why}; {advice}")
        self.label = label
        self.index = index
        self.name = name
        self.why = why


def all_refused(refused: Sequence[OpRefused], ops: int) -> ModelNotSupported:
    """Return one error for all ops that can't be computed, those of one kind together."""
    if len(refused) == 1:
        return refused[0]
    kinds: dict[tuple[str, str], list[int]] = {}
    for each in refused:
        kinds.setdefault((each.name, each.why), []).append(each.index)
    parts = [
        f"op {indices[0]}{f' and {len(indices) - 1} more' * (len(indices) > 1)}, {name}: {why}"
        for (name, why), indices in kinds.items()
    ]
    rest = len(parts) - MOST_KINDS
    shown = "; ".join(parts[:MOST_KINDS]) + f"; and {rest} reasons more" * (rest > 0)
    return ModelNotSupported(
        f"{refused[0].label}: {len(refused)} of its {ops} ops can't be compiled: {shown}"
    )
