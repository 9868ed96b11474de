"""A handler that takes any exception may hide a fault of our own: each must say why it is broad."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.conftest import ROOT

BROAD = re.compile(r"^ *except( (Base)?Exception( as \w+)?)?:")


def without_reason(source: str) -> list[int]:
    """Return the numbers of the lines with a broad handler and no comment there or below."""
    lines = [*source.splitlines(), ""]
    return [
        number
        for number, (line, below) in enumerate(pairwise(lines), start=1)
        if BROAD.match(line) and "#" not in line and not below.lstrip().startswith("#")
    ]


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except Exception as error:\n    pass", [1]),
        ("except:\n    pass", [1]),
        ("except BaseException:  # Ctrl-C as well\n    raise", []),
        ("except Exception:\n    # a plug-in\n    pass", []),
        ("except ValueError:\n    pass", []),
    ],
)
def test_a_handler_without_a_reason_is_found(handler: str, found: list[int]) -> None:
    assert without_reason(handler) == found


def test_every_broad_handler_says_why() -> None:
    sources = sorted((ROOT / "edgebench").rglob("*.py"))
    assert len(sources) > 300
    found = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if (lines := without_reason(path.read_text(encoding="utf-8")))
    }
    assert found == {}
