"""A streaming model's card."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgebench.errors import CardInvalid
from edgebench.models.card import load_model_card
from edgebench.registry import card_files


def test_the_card_of_a_streaming_model_says_how_it_listens(tmp_path: Path) -> None:
    text = card_files("models")["sww"].read_text()
    path = tmp_path / "card.toml"
    for old, new, message in (
        ('task = "streaming wake word"', 'task = "words"', "a \\[stream\\] go together"),
        ("deadline_ms = 32", "deadline_ms = 0", "`stream.deadline_ms` must be above 0"),
        ("output = 0", "output = -1", "`stream.output` must be 0 or more"),
        ("threshold = 0.95", "threshold = nan", "`stream.threshold` must be a number"),
    ):
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(CardInvalid, match=message):
            load_model_card(path)
