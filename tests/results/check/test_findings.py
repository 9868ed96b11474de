"""Findings of a check: each is noted once, without a search through those before it."""

from __future__ import annotations

from pathlib import Path

from edgebench.results.check.finding import Findings


class Compared(str):
    """A text that counts how often one is compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str(self) == str(other)

    __hash__ = str.__hash__


def test_a_finding_is_noted_once_and_not_compared_with_all_others() -> None:
    findings, count = Findings(Path("tree")), 300
    for _ in range(2):
        for number in range(count):
            findings.error(Path("tree/a"), Compared(f"fault {number}"))
    assert [str(each.text) for each in findings.found] == [f"fault {each}" for each in range(count)]
    assert Compared.times < 3 * count
