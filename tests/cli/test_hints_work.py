"""What a message tells the user to do is done, in the case that it was given for, and works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.cli.call import call

HINT = re.compile(r"`edgebench ([^`]+)`")
DONE, ASKED_WRONGLY = 0, 2


def saved(path: Path, *shape: int) -> Path:
    """Write a few samples of a shape."""
    values = np.random.default_rng(5).uniform(-1, 1, (8, *shape)).astype(np.float32)
    np.savez(path, inputs=values)
    return path


def hint_in(text: str, **found: Path) -> list[str]:
    """Return the words of the command that a message names, its placeholders filled in."""
    (command,) = set(HINT.findall(" ".join(text.split()))) - {"run --help"}
    return [str(found.get(word, word)) for word in shlex.split(command)]


def refused(*words: str | Path) -> str:
    """Run a command that can't be done; return what it says."""
    done = call(*words)
    assert done.returncode not in (DONE, None), done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def accepted(*words: str | Path) -> str:
    """Run a command that must be done; return what it says."""
    done = call(*words)
    assert done.returncode == DONE, (words, done.stderr)
    return done.stdout + done.stderr


@pytest.mark.parametrize("is_card", [False, True])
def test_a_float_model_is_quantized_as_told_and_then_fits_the_board(
    is_card: bool, dense_tflite: Path, tmp_path: Path
) -> None:
    model = "kws-ds-cnn:float32" if is_card else str(dense_tflite)
    said = refused("size", model, "--board", "nrf52840-dk")
    accepted(*hint_in(said, DATA=saved(tmp_path / "data.npz", 8)))
    (made,) = tmp_path.glob("*_int8.tflite")
    accepted("size", made, "--board", "nrf52840-dk")
