"""The commands that make firmware, as a user types them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgebench
from edgebench.models.resolve import resolve_model
from tests.cli.commands.test_device_commands import EDGEBENCH, call
from tests.conftest import waited
from tests.firmware.boards.test_dsp import needs_qemu
from tests.firmware.layers.drawn import Drawn
from tests.firmware.layers.weighted_layers import conv_2d_16x8

MODEL = "kws-ds-cnn"


def words(text: str) -> str:
    return " ".join(text.split())


def test_size_tells_every_layer_and_whether_it_fits() -> None:
    done = call("size", "kws-ds-cnn", "--board", "nrf52840-dk")
    assert done.returncode == 0, done.stderr
    said = words(done.stdout)
    assert "0 CONV_2D dsp 3,584" in said
    assert "of 1,048,576 bytes (code" in said
    assert said.count("fits") == 2


@pytest.mark.parametrize(
    ("board", "same"), [("mps2-an385", True), ("mps3-an547", True), ("mps2-an386", False)]
)
def test_a_choice_that_changes_nothing_is_said(board: str, same: bool, tmp_path: Path) -> None:
    speed, balanced = (
        edgebench.size(MODEL, board, optimize=each) for each in ("speed", "balanced")
    )
    assert (speed.flash == balanced.flash) == same
    assert balanced.note == ""
    done = call("size", MODEL, "--board", board, "--optimize", "speed")
    assert ("speed is the same as balanced" in words(done.stdout)) == same
    out = str(tmp_path / "project")
    chosen = ("--board", board, "--optimize", "speed")
    done = call("deploy", MODEL, *chosen, "--export", "make", "--out", out)
    assert ("speed is the same as balanced" in words(done.stderr)) == same


def test_size_of_what_does_not_fit_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgebench.boards.card import board_card

    boards = tmp_path / "edgebench" / "boards"
    boards.mkdir(parents=True)
    text = board_card("nrf52840-dk").path.read_text().replace("0x00040000", "0x00004000")
    (boards / "tight.toml").write_text(text)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    done = call("size", "kws-ds-cnn", "--board", "tight")
    assert done.returncode == 1
    assert "bytes too many" in words(done.stdout)


@needs_qemu
def test_a_model_is_profiled_deployed_and_run_on_an_emulated_board(tmp_path: Path) -> None:
    done = call("profile", "machine-autoencoder", "--board", "mps2-an386", "--inferences", "3")
    assert done.returncode == 0, done.stderr
    assert "emulated: instructions, not time" in done.stdout
    assert "FULLY_CONNECTED dsp 81,920" in words(done.stdout)
    done = call("deploy", "machine-autoencoder", "--board", "mps2-an386", "--optimize", "size")
    assert done.returncode == 0, done.stderr
    assert "mps2-an386 answers: model machine-autoencoder" in done.stdout
    rng = np.random.default_rng(3)
    made = conv_2d_16x8(Drawn(lambda low, high: int(rng.integers(low, high, endpoint=True))))
    path = tmp_path / "wide.tflite"
    path.write_bytes(made.to_bytes())
    assert resolve_model(str(path)).facts.inputs[0].type_name == "INT16"
    done = call(
        "run",
        str(path),
        "--board",
        "mps2-an386",
        "--optimize",
        "speed",
        "--duration",
        "0.2",
        "--warmup",
        "0.05",
        "--mode",
        "performance",
        "--out",
        str(tmp_path / "runs"),
    )
    assert done.returncode == 0, done.stderr
    (run,) = (each for each in (tmp_path / "runs").iterdir() if each.is_dir())
    record = json.loads((run / "run.json").read_text())
    assert record["reference"]["verdict"] == "agrees"
    assert record["image"]["stack_bytes"] > 100


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["deploy", "kws-ds-cnn"], "name a board"),
        (["deploy", "kws-ds-cnn", "--export", "make"], "--export needs --out"),
        (["deploy", "kws-ds-cnn", "--board", "mps2-an386", "--device", "x"], "are for --flash"),
        (["deploy", "kws-ds-cnn", "--board", "raspberry-pi-4"], "has no [firmware]"),
        (["run", "--optimize", "speed"], "--optimize is for a device"),
        (["run", "--device", "emulated:kws", "--optimize", "speed"], "--optimize is for firmware"),
        (["profile", "kws-ds-cnn", "--board", "raspberry-pi-4"], "has no [firmware]"),
        (["size", "kws-ds-cnn:float32", "--board", "nrf52840-dk"], "computes in float32"),
    ],
)
def test_what_is_asked_wrongly(command: list[str], sentence: str) -> None:
    done = call(*command)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_project_is_exported(tmp_path: Path) -> None:
    done = call("deploy", "kws-ds-cnn", "--export", "cmake", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "kws_ds_cnn_invoke() in kws_ds_cnn.h; its README.md says how" in words(done.stdout)
    assert (tmp_path / "out" / "CMakeLists.txt").is_file()


@needs_qemu
def test_a_killed_run_leaves_no_emulator_behind(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [*EDGEBENCH, "run", "machine-autoencoder", "--board", "mps2-an386", "--out", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        emulators = waited(lambda: _children(run.pid), 300)
    finally:
        run.kill()
        run.wait()
    waited(lambda: not any(_is_qemu(pid) for pid in emulators))


def _is_qemu(pid: int) -> bool:
    try:
        return b"qemu" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(each) for each in listed.read_text().split()] if listed.exists() else []
    return [each for each in found if _is_qemu(each)]
