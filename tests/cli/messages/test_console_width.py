"""Figures are never cut, whatever the width; sentences wrap at words."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from edgebench.cli.printable_console import PrintableConsole
from edgebench.cli.tables.table import new_table

FIGURES = ("219.5678 ms", "1,234,567,890 samples/s", "0.00012345 J")


def printed(width: int, *objects: object) -> str:
    file = io.StringIO()
    console = PrintableConsole(file=file, width=width, force_terminal=True, color_system=None)
    for each in objects:
        console.print(each, soft_wrap=isinstance(each, str | Text))
    return file.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("whole", [True, False])
def test_no_width_cuts_a_table(width: int, whole: bool) -> None:
    table = new_table("recipe", *FIGURES, texts=("recipe",), whole=whole)
    table.add_row("weight-int8-of-every-layer", *FIGURES)
    text = printed(width, table)
    assert "\u2026" not in text
    assert text.count("weight-int8-of-every-layer") == 1
    for figure in FIGURES:
        for word in [figure] if whole else figure.split():
            assert text.count(word) >= 2, word


def test_long_names_are_folded_to_leave_room_for_figures() -> None:
    table = new_table("figure", whole=True)
    table.add_column("name", overflow="fold")
    table.add_row("1,234,567.8", "n" * 500)
    lines = printed(60, table).splitlines()
    assert max(map(len, lines)) <= 60
    assert "".join(lines).count("n") == 500 + len("name") - 3


def test_sentences_wrap_at_words_on_a_terminal() -> None:
    words = ["measurement"] * 20
    lines = printed(50, " ".join(words)).splitlines()
    assert max(map(len, lines)) <= 50
    assert " ".join(lines).split() == words


def test_what_can_not_be_broken_is_left_to_the_terminal() -> None:
    path = "run directory: " + "a-long-folder/" * 10
    assert printed(50, Text(path, no_wrap=True)) == path + "\n"
    assert printed(50, path) == path + "\n"


def test_in_a_pipe_lines_have_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = new_table(*(f"column {number}" for number in range(40)), whole=True)
    table.add_row(*("1,234,567.8" for _ in range(40)))
    file = io.StringIO()
    console = PrintableConsole(file=file)
    console.print(table)
    console.print("word " * 100, soft_wrap=True)
    assert [line.count("1,234,567.8") for line in file.getvalue().splitlines()].count(40) == 1
    assert file.getvalue().splitlines()[-1].count("word") == 100
