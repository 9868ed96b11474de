"""Writing images to boards, with programs that stand in for the real ones."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import signal
from pathlib import Path

import pytest

from edgebench.boards.card import BoardCard, board_card, board_cards
from edgebench.errors import (
    DeviceNotFound,
    DeviceNotResponding,
    FlashFailed,
    ToolchainMissing,
    UsageError,
)
from edgebench.firmware.building.image import Image
from edgebench.firmware.running.flash import flash
from edgebench.harness.devices.deploy import port_of, running
from tests.cli.call import call
from tests.firmware.boards.test_dsp import needs_qemu


def image_at(folder: Path, board: BoardCard) -> Image:
    return Image(folder / "a b" / "firmware.elf", board, 0, 0, 0, 0, 0, ())


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_first_installed_program_writes_and_gets_the_path_as_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path, "openocd", f'for each in "$@"; do echo "$each"; done > {tmp_path}/words')
    image = image_at(tmp_path, board_card("nrf52840-dk"))
    assert flash(image) == "openocd"
    words = (tmp_path / "words").read_text().splitlines()
    assert words[-2:] == ["-c", f"program {{{image.path}}} verify reset exit"]


def test_what_can_go_wrong_with_a_flasher_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    image = image_at(tmp_path, board_card("nrf52840-dk"))
    with pytest.raises(ToolchainMissing, match="flashed by nrfutil, nrfjprog, openocd"):
        flash(image)
    with pytest.raises(ToolchainMissing, match="flashed by openocd: none of them is installed"):
        flash(image, "openocd")
    says = "`flasher`: unknown value 'magic' of the board nrf52840-dk; choose from nrfutil"
    with pytest.raises(UsageError, match=says):
        flash(image, "magic")
    with pytest.raises(UsageError, match="its card has no"):
        flash(image_at(tmp_path, board_card("mps2-an386")))
    program(tmp_path, "openocd", "echo 'Error: unable to find a matching CMSIS-DAP device'; exit 1")
    with pytest.raises(
        FlashFailed, match=r"exit code 1; it said 'Error: unable to find .* called as: open"
    ):
        flash(image)
    program(tmp_path, "openocd", "sleep 30")
    with pytest.raises(FlashFailed, match="is the board plugged in"):
        flash(image, timeout_s=0.2)


def test_a_board_that_is_silent_after_the_flash_is_distinguished_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path, "openocd", "exit 0")
    board = board_card("nrf52840-dk")
    image = image_at(tmp_path, board)
    ours, theirs = os.openpty()
    with (
        pytest.raises(DeviceNotResponding, match=r"was flashed by openocd, but: .*reset button"),
        running(image, os.ttyname(theirs), boot_s=1.0),
    ):
        pass
    os.close(ours)
    os.close(theirs)
    with pytest.raises(DeviceNotFound), running(image, str(tmp_path / "ttyACM9")):
        pass
    with pytest.raises(DeviceNotFound, match=r"no port with x's USB id \(ffff:ffff\)"):
        port_of(dataclasses.replace(board, name="x", usb=("ffff:ffff",)))


@needs_qemu
def test_a_board_is_flashed_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The "flasher" boots the image in QEMU; its port is there when it has ended."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    link = tmp_path / "ttyBoard"
    program(
        tmp_path,
        "openocd",
        'for word in "$@"; do case $word in program*) elf=$word;; esac; done\n'
        "elf=${elf#*{}; elf=${elf%%\\}*}\n"
        f"setsid qemu-system-arm -M mps2-an386 -display none -monitor none -serial pty "
        f'-kernel "$elf" > {tmp_path}/qemu 2>&1 & echo $! > {tmp_path}/pid\n'
        f"until grep -q dev/pts {tmp_path}/qemu; do sleep 0.05; done\n"
        f"ln -s $(grep -o '/dev/pts/[0-9]*' {tmp_path}/qemu) {link}",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    card = Path(board_card("mps2-an386").path).read_text().partition("[emulator]")[0]
    flasher = '[flashers]\nopenocd = ["openocd", "-c", "program {{elf}} verify"]\n'
    timing = '[timing]\nclock_mhz = 120\nsource = "of the test"\n'
    own = tmp_path / "edgebench" / "boards"
    own.mkdir(parents=True)
    (own / "my-board.toml").write_text(card.partition("[timing]")[0] + flasher + timing)
    only_built = call("deploy", "kws-ds-cnn", "--board", "my-board").stdout
    (hint,) = re.findall(r"built, not started: .*; write it to the board: (--\w+)", only_built)
    try:
        flashed = call("deploy", "kws-ds-cnn", "--board", "my-board", hint, "--device", link)
        assert "answers: model kws-ds-cnn" in flashed.stdout, flashed.stderr
        # Its time corrects the estimate, unless no board can be as slow as this machine is now.
        assert "measured on the board: " in flashed.stdout
        kept = list((tmp_path / "edgebench" / "measured-boards").glob("my-board_*.json"))
        by = "corrected by 1 measurement(s) of a board" if kept else "no board was measured"
        assert f"MHz; {by}" in flashed.stdout
        (measure,) = re.findall(r"measure it: edgebench (.*)", flashed.stdout)
        few = ("--mode", "performance", "--scenario", "singlestream", "--emulator-clock")
        done = call(*shlex.split(measure), *few, "--duration", "0.1", "--out", tmp_path / "runs")
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
    assert done.returncode == 0, done.stderr


def test_every_card_s_flashers_name_an_image() -> None:
    for board in board_cards().values():
        for command in board.flashers.values():
            assert any("{" in word for word in command), board.name
