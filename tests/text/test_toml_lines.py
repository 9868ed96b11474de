"""Which line of a TOML file a key stands in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgebench.registry import packaged_data
from edgebench.text.toml_lines import Keys, TomlLines

TEXT = '''\
title = "a # no comment"
"quoted key" = 1
dotted.inner = [
  1,  # ] no end

  { at = "x", path = "y" },
]
long = """
[not a table]
k = 1
"""

[one.two]
last = 'it''
[[lists]]
a = 1
[[lists]]
a = 2
[lists.below]
b = { c = [[1], [2,
  3]] }
'''.replace("'it''", "'it'")
FILE = Path("some.toml")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("title",), 1),
        (("quoted key",), 2),
        (("dotted",), 3),
        (("dotted", "inner"), 3),
        (("dotted", "inner", 0), 4),
        (("dotted", "inner", 1), 6),
        (("dotted", "inner", 1, "path"), 6),
        (("long",), 8),
        (("one", "two", "last"), 14),
        (("lists", 0, "a"), 16),
        (("lists", 1, "a"), 18),
        (("lists", 1, "below", "b", "c", 1, 1), 21),
    ],
)
def test_every_key_is_found(keys: Keys, line: int) -> None:
    assert TomlLines(FILE, TEXT).at(*keys) == f"some.toml, line {line}"


def test_a_key_that_is_not_there_is_of_the_table_around_it() -> None:
    lines = TomlLines(FILE, TEXT)
    assert lines.line("lists", 1, "below", "missing") == 19
    assert lines.line("k") is None  # it stands in a string
    assert lines.at("missing") == "some.toml"


def _ways(value: Any, before: Keys = ()) -> Iterator[Keys]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in pairs:
        yield (*before, key)
        if isinstance(each, dict | list):
            yield from _ways(each, (*before, key))


CARDS = sorted(
    card
    for kind in ("models", "datasets", "boards")
    for card in (packaged_data() / kind).rglob("*.toml")
)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.parent.name}/{card.name}")
def test_every_key_of_the_packaged_cards_has_its_line(card: Path) -> None:
    text = card.read_text(encoding="utf-8")
    lines, rows = TomlLines(card, text), text.splitlines()
    for keys in _ways(tomllib.loads(text)):
        number = lines.line(*keys)
        assert number is not None
        named = [str(key) for key in keys if isinstance(key, str)][-1]
        if isinstance(keys[-1], str):
            assert named in rows[number - 1]


def test_text_that_is_no_toml_ends() -> None:
    for text in ("[", "a = [", "a = {", "= 1", 'a = "', "a = [{", "]", "a.b", "[[x", "\0"):
        TomlLines(FILE, text)
