"""What a message tells the user to do is done, in the case that it was given for, and works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from edgebench.models.resolve import resolve_model
from tests.cli.call import call
from tests.models.made_models import open_image_model, token_model

HINT = re.compile(r"`edgebench ([^`]+)`")
DONE, ASKED_WRONGLY = 0, 2


def saved(path: Path, *shape: int) -> Path:
    """Write a few samples of a shape."""
    values = np.random.default_rng(5).uniform(-1, 1, (8, *shape)).astype(np.float32)
    np.savez(path, inputs=values)
    return path


def hint_in(text: str, **found: Path) -> list[str]:
    """Return the words of the command that a message names, its placeholders filled in."""
    named = set(HINT.findall(" ".join(text.split())))
    (command,) = (each for each in named if not each.endswith("--help"))
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


@pytest.mark.parametrize("name", ["two_signatures", "nchw"])
def test_a_float_file_of_a_converter_is_quantized_as_told(
    name: str, fault_cases: Path, tmp_path: Path
) -> None:
    model = fault_cases / f"{name}.tflite"
    said = refused("size", model, "--board", "nrf52840-dk")
    shape = resolve_model(str(model)).facts.inputs[0].shape[1:]
    words = hint_in(said, DATA=saved(tmp_path / "data.npz", *shape))
    accepted(*words, "--out", tmp_path / "made.tflite")
    assert "quantize" not in call("size", tmp_path / "made.tflite", "--board", "nrf52840-dk").stderr


def test_what_has_not_been_tuned_is_tuned_as_told(dense_tflite: Path) -> None:
    model = dense_tflite
    words = ("--mode", "performance", "--scenario", "singlestream", "--duration", "0.1")
    said = refused("run", model, "--tuned", *words)
    accepted(*hint_in(said), "--budget", "5")
    accepted("run", model, "--tuned", *words)


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("run", ("--duration", "0.1", "--mode", "performance", "--scenario", "singlestream")),
        ("profile", ("--rounds", "3")),
        ("compare-models", ("images.tflite",)),
    ],
)
def test_the_shape_that_is_missing_is_given_as_told(
    command: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "images.tflite").write_bytes(open_image_model().to_bytes())
    said = " ".join(refused(command, "images.tflite", *more).split())
    (shape,) = re.findall(r"such as --shape (\S+?),", said)
    accepted(command, "images.tflite", *more, "--shape", shape)
    assert "name data of that shape with --dataset" in said
    data = saved(tmp_path / "data.npz", 12, 10, 3)
    accepted(command, "images.tflite", *more, "--dataset", data)


def test_the_shapes_of_several_inputs_are_given_as_told(tmp_path: Path) -> None:
    short = ("--duration", "0.1", "--mode", "performance", "--scenario", "singlestream")
    command = ("run", "tokens.tflite", *short)
    (tmp_path / "tokens.tflite").write_bytes(token_model().to_bytes())
    said = " ".join(refused(*command).split())
    shapes = re.findall(r"(--shape \S+=\d\S*?)[, ]", said)
    assert len(shapes) == 2
    # What is given already is not asked for again.
    one = " ".join(refused(*command, *shapes[0].split()).split())
    assert re.findall(r"(--shape \S+=\d\S*?)[, ]", one) == shapes[1:]
    accepted(*command, *shapes[0].split(), *shapes[1].split())


def test_the_shape_that_is_missing_in_quantizing_is_given_as_told(tmp_path: Path) -> None:
    model = tmp_path / "images.tflite"
    model.write_bytes(open_image_model().to_bytes())
    flat = saved(tmp_path / "flat.npz", 9)
    command = ("quantize", model, "--recipe", "int8", "--out", tmp_path / "made.tflite")
    said = " ".join(refused(*command, "--calibrate", flat).split())
    assert "name data of that shape with --calibrate" in said
    accepted(*command, "--calibrate", saved(tmp_path / "data.npz", 16, 16, 3))


def test_a_version_that_no_microcontroller_takes_is_made_as_told(
    dense_tflite: Path, tmp_path: Path
) -> None:
    command = ("quantize", dense_tflite, "--target", "mcu", "--out", tmp_path / "made.tflite")
    said = " ".join(refused(*command, "--recipe", "dynamic").split())
    data = saved(tmp_path / "data.npz", 8)
    recipes = re.findall(r"--recipe ([\w-]+)", said)
    assert recipes == ["int8", "int16x8"] and "with data for --calibrate" in said
    for recipe in recipes:
        accepted(*command, "--recipe", recipe, "--calibrate", data)


def test_tables_are_made_larger_as_told(tmp_path: Path) -> None:
    said = refused("reduce", "rm1-edge")
    words = ["4096" if word == "ROWS" else word for word in hint_in(said)]
    assert "rm1-edge-r4096" in accepted(*words, "--out", tmp_path / "made")
