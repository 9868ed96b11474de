"""run.json: which processor computed which ops, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgebench.rundir.records.base import Record

OWN_KERNELS = "the runtime's own kernels"
"""The `PlacedOps.by` of ops that neither a delegate nor a provider took."""
_MOST_KINDS = 6


@dataclass(frozen=True, repr=False)
class PlacedOps(Record):
    """The ops of a model that one delegate or provider computed.

    Attributes
    ----------
    by
        The delegate or the provider, as a setting names it; `OWN_KERNELS` if none took them.
    processor
        ``cpu``, ``gpu`` or ``npu``; empty where the runtime does not say.
    kinds
        How many ops of each kind.
    macs
        Their multiply-accumulates; None where those of one are not known, or the runtime's ops
        can't be matched with the file's.
    """

    by: str
    processor: str
    kinds: Mapping[str, int]
    macs: int | None

    @property
    def ops(self) -> int:
        """How many they are."""
        return sum(self.kinds.values())

    def kinds_text(self) -> str:
        """Return the kinds as people read them, the most frequent first.

        Examples
        --------
        >>> PlacedOps("cpu", "cpu", {"Shape": 1, "Gather": 2}, None).kinds_text()
        '2 Gather, Shape'
        """
        ranked = sorted(self.kinds.items(), key=lambda each: (-each[1], each[0]))
        named = [f"{count} {kind}" if count > 1 else kind for kind, count in ranked[:_MOST_KINDS]]
        return ", ".join([*named, *(["..."] if len(ranked) > _MOST_KINDS else [])])


@dataclass(frozen=True, repr=False)
class Placement(Record):
    """Every op of a model, by what computed it.

    Attributes
    ----------
    source
        How it is known.
    """

    parts: tuple[PlacedOps, ...]
    source: str

    @property
    def ops(self) -> int:
        """How many ops there are."""
        return sum(part.ops for part in self.parts)

    def not_by(self, names: Sequence[str]) -> tuple[PlacedOps, ...]:
        """Return the parts that others than these computed."""
        return tuple(part for part in self.parts if part.by not in names)

    def text_of(self, part: PlacedOps) -> str:
        """Return one part in words: how many ops, of which kinds, and their share of the MACs."""
        macs = [each.macs for each in self.parts]
        total = sum(each or 0 for each in macs)
        is_known = part.macs is not None and None not in macs and total
        share = f", {(part.macs or 0) / total:.1%} of the MACs" if is_known else ""
        return f"{part.ops} of {self.ops} ops ({part.kinds_text()}){share}"

    def __str__(self) -> str:
        parts = (
            f"{self.text_of(part)} by {part.by}"
            + (f" ({part.processor})" if part.processor else "")
            for part in self.parts
        )
        return f"{'; '.join(parts)}. Known by {self.source}"


def placed(
    ops: Mapping[int, str], takers: Mapping[int, tuple[str, str]], macs: Mapping[int, int]
) -> tuple[PlacedOps, ...]:
    """Sort ops by what took them, in the order in which the takers come first.

    Parameters
    ----------
    ops
        The kind of each, by number.
    takers
        What took each, and on which processor; others ran on the runtime's own kernels.
    macs
        Those of each op; where one is missing, its part's are not known.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    for number in ops:
        groups.setdefault(takers.get(number, (OWN_KERNELS, "cpu")), []).append(number)
    return tuple(
        PlacedOps(
            by,
            processor,
            {kind: sum(ops[each] == kind for each in group) for kind in {ops[i]: 0 for i in group}},
            sum(macs[each] for each in group) if all(each in macs for each in group) else None,
        )
        for (by, processor), group in groups.items()
    )
