"""A handler that takes any exception may hide a fault of our own: each must say why it is broad."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

BROAD = re.compile(r"^ *except(:| .*\b((Base)?Exception|TypeError|AttributeError)\b.*:)")
"""The last two are what our own mistakes raise most often."""


def without_reason(source: str) -> list[int]:
    """Return the numbers of the lines with a broad handler and no comment there or next to it."""
    lines = ["", *source.splitlines(), ""]
    return [
        number
        for number in range(1, len(lines) - 1)
        if BROAD.match(lines[number])
        and "#" not in lines[number]
        and not any(lines[near].lstrip().startswith("#") for near in (number - 1, number + 1))
    ]


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except Exception as error:\n    pass", [1]),
        ("except:\n    pass", [1]),
        ("except BaseException:  # Ctrl-C as well\n    raise", []),
        ("except Exception:\n    # a plug-in\n    pass", []),
        ("except ValueError:\n    pass", []),
        ("except (KeyError, TypeError) as error:\n    pass", [1]),
        ("# numpy's\nexcept AttributeError:\n    pass", []),
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
