"""True images of boards, in QEMU: the whole path from a .tflite to a result."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgebench.api import deploy
from edgebench.boards.card import board_card
from edgebench.datasets.load import load_dataset
from edgebench.errors import BuildFailed, ToolchainMissing, UsageError
from edgebench.firmware.building.image import build_image
from edgebench.firmware.running.emulate import EmulatedBoard
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import RunRequest
from edgebench.harness.run.session import run_request
from edgebench.models.resolve import resolve_model
from tests.models.made_models import dense_model

BOARDS = ("mps2-an385", "mps2-an386", "mps2-an500", "mps3-an547", "riscv-virt")
pytestmark = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc and qemu-system-arm are not installed (`make test` installs them)",
)


@pytest.mark.parametrize("board", BOARDS)
def test_a_model_is_deployed_in_one_call(board: str) -> None:
    found = deploy("kws-ds-cnn", board)
    assert found.identity.name == board
    assert found.identity.model == "kws-ds-cnn"
    assert found.image.text_bytes < 30_000
    assert found.image.arena_bytes <= 22_800  # TFLM's, measured
    assert found.image.rodata_bytes > found.model.facts.weight_bytes * 0.9


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_goes_through_the_whole_harness(board: str, tmp_path: Path) -> None:
    data = load_dataset("kws")
    assert data.labels is not None
    np.savez(
        tmp_path / "few.npz",
        inputs=np.stack([data.sample(i)[0] for i in range(6)]),
        labels=data.labels[:6],
    )
    request = RunRequest(
        device=DeviceRequest(f"board:{board}"),
        dataset=str(tmp_path / "few.npz"),
        duration_s=0.2,
        warmup_s=0.01,
    )
    (run,) = run_request(request, tmp_path / "runs").runs
    record = run.record
    assert record.reference is not None
    assert (record.reference.verdict, record.reference.equal) == ("agrees", 6)
    assert record.image is not None
    count = record.image.instructions_per_inference
    assert count is not None
    # TFLM's reference kernels take 48.6 million on a Cortex-M4.
    assert 1_000_000 < count < 48_600_000
    assert any("instructions, not time" in warning for warning in record.warnings)


def test_what_can_not_be_deployed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="has no \\[firmware\\]"):
        deploy("kws-ds-cnn", "raspberry-pi-4")
    board = board_card("mps2-an386")
    assert board.firmware is not None
    small, smallest = (
        dataclasses.replace(board, firmware=dataclasses.replace(board.firmware, flash_bytes=each))
        for each in (20_000, 2_000)
    )
    with pytest.raises(BuildFailed, match=r"too large for mps2-an386: .* more than") as caught:
        build_image(resolve_model("kws-ds-cnn"), small)
    assert "`edgebench.reduce('kws-ds-cnn')` makes smaller ones" in str(caught.value)
    path = tmp_path / "m.tflite"
    path.write_bytes(dense_model((8, 4), "int8").to_bytes())
    with pytest.raises(BuildFailed, match=r"a smaller model may fit \(`edgebench\.size\("):
        build_image(resolve_model(str(path)), smallest)  # no card: nothing can train it again
    image = build_image(resolve_model(str(path)), board)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="apt install qemu-system-arm"):
        EmulatedBoard(image)
    with pytest.raises(ToolchainMissing, match="apt install gcc-arm-none-eabi"):
        build_image(resolve_model("kws-ds-cnn"), board)


def test_a_compiler_that_is_too_old_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "arm-none-eabi-gcc"
    old.write_text("#!/bin/sh\necho 8.3.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ToolchainMissing, match=r"is version 8\.3\.1; 10 or newer is needed"):
        build_image(resolve_model("kws-ds-cnn"), board_card("mps2-an386"))
