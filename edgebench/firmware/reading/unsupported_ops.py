"""Collect every reason why a model cannot be compiled, not only the first op's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from edgebench.errors import ModelNotSupported
from edgebench.firmware.reading.advice import COMPILED_FOR, until_advice
from edgebench.models.resolve import Model

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
        """The op and the reason, without the names of tensors: the same for like refusals."""
        return self.name, _NAMED.sub("a tensor", self.why)


def no_kernel(label: str, index: int, name: str, known: Collection[str]) -> OpRefused:
    """Return the error for an op that has no kernel; ``known`` are those that have one."""
    if name in COMPILED_FOR:
        why = f"compiled for {COMPILED_FOR[name]}"
        return OpRefused(label, index, name, why, "take the .tflite that it was compiled from")
    return OpRefused(label, index, name, "no such kernel", f"there are {', '.join(known)}")


def all_refused(
    model: Model, refused: Sequence[OpRefused], why_not: Callable[[Model], str]
) -> ModelNotSupported:
    """Return one error for all ops that can't be computed, those of one kind together.

    It says how to compile the part before the first one, where that is most of the work and
    ``why_not``, which returns what keeps a model from being compiled, finds nothing.
    """
    until = until_advice(model, refused[0].index, why_not)
    if len(refused) == 1:
        only = refused[0]
        return OpRefused(only.label, only.index, only.name, only.why, until or only.advice)
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
    said = until or (refused[0].advice if len(advice) == 1 else "")
    said = f". {said[0].upper()}{said[1:]}" if said else ""
    count = f"{len(refused)} of its {len(model.facts.ops)} ops"
    return ModelNotSupported(f"{refused[0].label}: {count} can't be compiled: {shown}{said}")
