"""What an emulator prints, from its first line to its last: a script stands in for QEMU."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.errors import DeviceNotResponding
from edgebench.firmware.building.image import Image
from edgebench.firmware.running.emulate import EmulatedBoard
from tests.conftest import waited

PORT = "char device redirected to /dev/pts/99 (label serial0)"


def emulated_by(script: str, folder: Path) -> EmulatedBoard:
    """Return a board that a Python script stands in for."""
    path = folder / "emulator.py"
    path.write_text(f"import sys, time\nsay = sys.stdout.write\n{script}\n")
    board = board_card("mps2-an386")
    assert board.emulator is not None
    emulator = dataclasses.replace(board.emulator, command=(sys.executable, "-u", str(path)))
    image = Image(
        path=path,
        board=dataclasses.replace(board, emulator=emulator),
        text_bytes=0,
        rodata_bytes=0,
        ram_bytes=0,
        arena_bytes=0,
        stack_bytes=None,
        layers=(),
    )
    return EmulatedBoard(image)


def test_the_last_words_are_those_of_the_end(tmp_path: Path) -> None:
    """More than a pipe holds, and a last line without its end."""
    script = f"""
say("{PORT}\\nfirst\\n")
say("chatter of the guest\\n" * 20_000)
say("Lockup: can't take a fault")
time.sleep(60)
"""
    with emulated_by(script, tmp_path) as board:
        assert board.port == "/dev/pts/99"
        waited(lambda: board.last_words.endswith("| Lockup: can't take a fault'"))


def test_what_comes_with_the_port_is_kept(tmp_path: Path) -> None:
    script = f'say("{PORT}\\nguest error: no memory at 0\\n")\nsys.exit(1)'
    with emulated_by(script, tmp_path) as board:
        assert board.last_words.endswith("| guest error: no memory at 0'")


def test_an_emulator_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    script = 'say("no machine of that name")\nsys.exit(1)'
    with pytest.raises(DeviceNotResponding, match=r"it said 'no machine of that name'"):
        emulated_by(script, tmp_path)
