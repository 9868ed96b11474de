"""Text from outside: good names come out as they are, and what controls a terminal as escapes."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgebench.text.printable import JOINERS, printable, printable_lines, quoted
from tests.cli.call import call

GOOD = (
    "modèle\u00a0: kws\u202f!",
    "音声\u3000認識",
    "\U0001f469\u200d\U0001f52c",
    "\u2764\ufe0f\u200d\U0001f525",
    "می\u200cخو",
    "क्\u200dष",
)


@pytest.mark.parametrize("text", GOOD)
def test_names_of_every_language_come_out_as_they_are(text: str, tmp_path: Path) -> None:
    assert printable(text) == printable_lines(text) == text
    assert quoted(text) == f"'{text}'"
    done = call("summary", tmp_path / text)
    assert done.returncode != 0
    assert text in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kws\u200d-ds", "kws\\u200d-ds"),
        ("\u200c音", "\\u200c音"),
        ("音\u200d", "音\\u200d"),
        ("音\u200d\u200d声", "音\\u200d\\u200d声"),
        ("音\u200ba\u2028b\u2029c", "音\\u200ba\\u2028b\\u2029c"),
        ("音\u202e声\u2066x\u200f", "音\\u202e声\\u2066x\\u200f"),
        ("a\x85b\x1b[2J\xad\ufeff", "a\\x85b\\x1b[2J\\xad\\ufeff"),
    ],
)
def test_what_hides_or_turns_text_is_shown(text: str, says: str) -> None:
    assert printable(text) == says


@given(st.text(st.characters(codec=None)))
@example("音\u200d\x1b")
def test_no_control_character_comes_through(text: str) -> None:
    shown = printable(text)
    assert all(each.isprintable() or category(each) == "Zs" or each in JOINERS for each in shown)
    assert printable(shown) == shown
