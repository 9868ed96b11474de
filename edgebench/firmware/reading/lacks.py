"""What keeps a model from being compiled: all of it, not only the first op."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgebench.errors import ModelNotSupported

_NAMED = re.compile("`[^`]*`")
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
        self.advice = advice

    @property
    def kind(self) -> tuple[str, str]:
        """What refusals have in common, whichever tensors they name."""
        return self.name, _NAMED.sub("a tensor", self.why)


def all_refused(refused: Sequence[OpRefused], ops: int) -> ModelNotSupported:
    """Return one error for all ops that can't be computed, those of one kind together."""
    if len(refused) == 1:
        return refused[0]
    kinds: dict[tuple[str, str], list[OpRefused]] = {}
    for each in refused:
        kinds.setdefault(each.kind, []).append(each)
    parts = [
        f"op {ops_of[0].index}{f' and {len(ops_of) - 1} more' * (len(ops_of) > 1)}, "
        f"{ops_of[0].name}: {ops_of[0].why}"
        for ops_of in kinds.values()
    ]
    rest = len(parts) - MOST_KINDS
    shown = "; ".join(parts[:MOST_KINDS]) + f"; and {rest} reasons more" * (rest > 0)
    advice = {each.advice for each in refused}
    said = f". {refused[0].advice[0].upper()}{refused[0].advice[1:]}" if len(advice) == 1 else ""
    return ModelNotSupported(
        f"{refused[0].label}: {len(refused)} of its {ops} ops can't be compiled: {shown}{said}"
    )
