"""Firmware for real boards: built, of the right size, with what each boot ROM looks for."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from edgebench.boards.card import board_card
from edgebench.firmware.building.image import Image, build_image, firmware_of
from edgebench.firmware.c_files import CORE, KERNELS, headers
from edgebench.models.resolve import resolve_model

BOARDS = ("nucleo-l4r5zi", "raspberry-pi-pico", "raspberry-pi-pico-2", "nrf52840-dk")
pytestmark = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None,
    reason="arm-none-eabi-gcc is not installed (`make test` installs it)",
)
BOOT_BLOCK_BYTES = {"raspberry-pi-pico": 256}


def built(board: str) -> Image:
    return build_image(resolve_model("kws-ds-cnn"), board_card(board))


def flash_of(image: Image, folder: Path) -> bytes:
    target = folder / "image.bin"
    subprocess.run(
        ["arm-none-eabi-objcopy", "-O", "binary", str(image.path), str(target)], check=True
    )
    return target.read_bytes()


def symbols(image: Image) -> dict[str, int]:
    done = subprocess.run(
        ["arm-none-eabi-nm", str(image.path)], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in done.stdout.splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


@pytest.mark.parametrize("board", BOARDS)
def test_an_image_is_small_and_starts_with_its_vectors(board: str, tmp_path: Path) -> None:
    image = built(board)
    assert image.text_bytes < 28_000
    assert image.ram_bytes < 23_000
    assert image.stack_bytes is not None
    assert 200 < image.stack_bytes < 1_000
    content = flash_of(image, tmp_path)
    start = BOOT_BLOCK_BYTES.get(board, 0)
    card, known = firmware_of(board_card(board)), symbols(image)
    irq = int(next(each for each in card.defines if each.startswith("UART_IRQ="))[9:])
    vectors = struct.unpack_from(f"<{16 + irq + 1}I", content, start)
    assert vectors[0] == known["stack_top"] == card.ram_origin + card.ram_bytes
    assert vectors[1] == known["reset_handler"] | 1  # a Thumb address
    assert vectors[16 + irq] == known["uart_handler"] | 1


def crc32_mpeg2(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        crc &= 0xFFFFFFFF
    return crc


def test_the_pico_s_boot_block_has_the_checksum_that_its_rom_wants(tmp_path: Path) -> None:
    assert crc32_mpeg2(b"123456789") == 0x0376E6E7
    block = flash_of(built("raspberry-pi-pico"), tmp_path)[:256]
    assert struct.unpack("<I", block[252:]) == (crc32_mpeg2(block[:252]),)


def test_the_pico_2_s_image_says_what_it_is(tmp_path: Path) -> None:
    content = flash_of(built("raspberry-pi-pico-2"), tmp_path)[:4096]
    block = struct.pack("<5I", 0xFFFFDED3, 0x10210142, 0x000001FF, 0, 0xAB123579)
    assert content.count(block) == 1
    assert content.index(block) % 4 == 0


SHARED = (*CORE, "streaming", *KERNELS["helium"], "ports/cortex_m", "ports/rp2040", "ports/rp2350")
DEFINED = re.compile(
    r"^(?:typedef )?(?:struct|enum|union) (\w+) \{|^#define (\w+)\(|^[a-z][\w *]*?\b(\w+)\((?!\()",
    re.MULTILINE,
)


@pytest.mark.parametrize("part", SHARED)
def test_all_that_files_share_has_one_prefix(part: str) -> None:
    found = {}
    for header in headers(part):
        assert header.name.startswith("eb_")
        for match in DEFINED.finditer(header.read_text()):
            found[next(filter(None, match.groups()))] = header.name
    found.pop("__attribute__", None)
    assert found
    assert {name: file for name, file in found.items() if not name.lower().startswith("eb_")} == {}
