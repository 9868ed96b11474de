"""NaN and the infinities stand in no JSON that edgebench writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from edgebench.sut.device import Answer, AnswerBook
from edgebench.text.json_text import json_text


def strictly(text: str) -> Any:
    def refuse(name: str) -> NoReturn:
        raise AssertionError(f"{name} stands in it")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_what_json_lacks_becomes_null(value: float) -> None:
    assert strictly(json_text({"a": [value, 1.5], "b": {"c": value}})) == {
        "a": [None, 1.5],
        "b": {"c": None},
    }


def test_answers_that_are_no_numbers_are_asked_for_again(tmp_path: Path) -> None:
    book = AnswerBook(tmp_path / "answers")
    book.add(0, Answer(b"ab", 5, (float("nan"),)))
    book.add(1, Answer(b"cd", 5, (0.5,)))
    book.close()
    for line in (tmp_path / "answers").read_text().splitlines():
        strictly(line)
    again = AnswerBook(tmp_path / "answers")
    assert list(again.answers) == [1]
    again.close()
