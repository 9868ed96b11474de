"""A user's own board: its port is found, what is wrong with it is said."""

from __future__ import annotations

import logging
import re
import subprocess
from pathlib import Path

import pytest

from edgebench.boards.card import load_board_card
from edgebench.errors import BuildFailed, CardInvalid, UsageError
from edgebench.firmware.building.compiling import run_tool, telling_line
from edgebench.firmware.building.image import build_image, firmware_of, port_folders
from edgebench.firmware.c_files import firmware_folder, sources
from edgebench.models.resolve import resolve_model
from tests.conftest import ROOT

CARD = (ROOT / "boards" / "nrf52840-dk.toml").read_text()


def own_card(folder: Path, old: str, new: str) -> Path:
    path = folder / "boards" / "my-board.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    assert old in CARD
    path.write_text(CARD.replace(old, new))
    return path


@pytest.mark.parametrize("below", ["ports", "firmware_host/ports"])
def test_a_port_is_looked_for_where_cards_are(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = tmp_path / below / "mine"
    port.mkdir(parents=True)
    (port / "port_mine.c").write_text("int eb_mine;\n")
    path = own_card(tmp_path, '"nrf52840"]', '"mine"]')
    monkeypatch.setenv("EDGEBENCH_PATH", str(tmp_path))
    folders = port_folders(firmware_of(load_board_card(path)))
    assert folders == [str(firmware_folder() / "ports" / "cortex_m"), str(port)]
    assert port / "port_mine.c" in sources(*folders)


def test_a_port_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = own_card(tmp_path, '"nrf52840"]', '"nrf52480"]')
    with pytest.raises(UsageError, match="'nrf52480' in the board's card") as raised:
        port_folders(firmware_of(load_board_card(path)))
    assert raised.value.suggestion == "nrf52840"


def test_an_unknown_key_of_a_board_is_refused_with_its_line(tmp_path: Path) -> None:
    path = own_card(tmp_path, "kernels = ", "kernals = ")
    with pytest.raises(CardInvalid, match=r"line 18: `firmware.kernals` is unknown; did you mean"):
        load_board_card(path)


@pytest.mark.parametrize(
    "flag", ["-mcpu=cortex-m33+nodsp", "-mcpu=cortex-m3", "-mcpu=cortex-m0plus"]
)
def test_dsp_kernels_for_a_processor_without_them_are_refused(flag: str, tmp_path: Path) -> None:
    path = own_card(tmp_path, "-mcpu=cortex-m4", flag)
    said = rf"`{re.escape(flag)}` does not have; write 'portable'"
    with pytest.raises(CardInvalid, match=rf"line \d+: 'dsp' needs DSP instructions, which {said}"):
        load_board_card(path)
    path.write_text(path.read_text().replace('kernels = "dsp"', 'kernels = "portable"'))
    assert firmware_of(load_board_card(path)).kernels == "portable"


def test_a_board_without_firmware_names_those_that_have_it() -> None:
    card = load_board_card(ROOT / "boards" / "raspberry-pi-4.toml")
    with pytest.raises(UsageError, match=r"its card has no \[firmware\]. These do: .*mps2-an386"):
        firmware_of(card)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "ld: a.o: in function `main':\nport.c:(.text+0x4): undefined reference to `eb_init'\n"
            "port.c:(.text+0x8): undefined reference to `eb_read'\n"
            "collect2: error: ld returned 1 exit status",
            "port.c:(.text+0x4): undefined reference to `eb_init'; also `eb_read'",
        ),
        (
            "ld: cannot open linker script file port.ld: No such file or directory\n"
            "collect2: error: ld returned 1 exit status\n",
            "ld: cannot open linker script file port.ld: No such file or directory",
        ),
        ("a.c: In function 'f':\na.c:3:1: error: expected ';'", "a.c:3:1: error: expected ';'"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_the_line_that_says_what_is_wrong_is_shown(said: str, shown: str) -> None:
    assert telling_line(said) == shown


def test_a_real_linkers_error_is_shown(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("void eb_missing(void);\nint main(void) { eb_missing(); return 0; }\n")
    with pytest.raises(BuildFailed, match="undefined reference to `eb_missing'"):
        run_tool(["cc", str(source), "-o", str(tmp_path / "a")])


def test_a_board_s_library_stands_behind_what_uses_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    subprocess.run(["arm-none-eabi-ar", "rcs", tmp_path / "libmine.a"], check=True)
    flags = '"-specs=nano.specs"'
    board = load_board_card(own_card(tmp_path, flags, f'{flags}, "-L{tmp_path}", "-lmine"'))
    with caplog.at_level(logging.DEBUG, "edgebench.firmware"):
        build_image(resolve_model("kws-ds-cnn"), board)
    (linked,) = (each for each in caplog.messages if "firmware" in each and "-Wl,--gc" in each)
    words = linked.split()
    last_object = max(number for number, word in enumerate(words) if word.endswith((".o", ".c")))
    assert words.index("-lmine") > last_object
