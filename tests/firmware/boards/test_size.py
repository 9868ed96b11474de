"""Sizes told before a build, against the build."""

from __future__ import annotations

import dataclasses
import re
import shutil

import pytest

from edgebench.boards.card import board_card, board_cards
from edgebench.errors import UsageError
from edgebench.firmware.building.image import ImageOptions, build_image, firmware_of
from edgebench.firmware.building.size import CODE_BYTES, size_of
from edgebench.firmware.building.stack import depth, read_graph
from edgebench.firmware.c_files import HELIUM, KERNELS, headers
from edgebench.firmware.optimize import OPTIMIZE
from edgebench.models.resolve import resolve_model

BOARDS = [name for name, card in board_cards().items() if card.firmware is not None]


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("model", ["kws-ds-cnn", "digits-resnet8", "machine-autoencoder"])
def test_sizes_are_on_the_safe_side_and_close(board: str, model: str) -> None:
    card = board_card(board)
    if shutil.which(firmware_of(card).compiler) is None:
        pytest.skip(f"{firmware_of(card).compiler} is not installed (`make test` installs it)")
    told, image = size_of(resolve_model(model), card), build_image(resolve_model(model), card)
    assert told.fits
    flash = image.text_bytes + image.rodata_bytes
    assert flash <= told.flash.total_bytes <= 1.2 * flash + 2_000
    assert image.stack_bytes is not None
    ram = image.ram_bytes + image.stack_bytes
    assert ram <= told.ram.total_bytes <= 1.1 * ram + 1_200
    assert told.ram.parts["activations"] == image.arena_bytes


def test_every_kernel_has_a_size() -> None:
    kernel = re.compile(r"^void eb_(\w+)\(const struct eb_\w+ \*layer", re.MULTILINE)
    texts = (header.read_text() for header in headers(*KERNELS[HELIUM]))
    found = {name for text in texts for name in kernel.findall(text)}
    assert found
    assert found == CODE_BYTES.keys()


def test_what_does_not_fit_is_said() -> None:
    board = board_card("mps2-an386")
    small = dataclasses.replace(
        board, firmware=dataclasses.replace(firmware_of(board), ram_bytes=20_000)
    )
    told = size_of(resolve_model("digits-resnet8"), small)
    assert told.flash.fits
    assert not told.fits
    assert told.ram.left_bytes < -30_000
    with pytest.raises(UsageError, match="has no"):
        size_of(resolve_model("kws-ds-cnn"), board_card("raspberry-pi-4"))


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc")
def test_flash_is_given_for_speed() -> None:
    model, board = resolve_model("kws-ds-cnn"), board_card("mps2-an386")
    images = [build_image(model, board, ImageOptions(each)) for each in OPTIMIZE]
    flash = [image.text_bytes + image.rodata_bytes for image in images]
    assert flash[0] < flash[1] < flash[2]


def test_a_stack_is_as_deep_as_the_deepest_calls() -> None:
    text = """
        node: { title: "reset_handler" label: "r\\nf.c:1:1\\n8 bytes (static)\\n0 dynamic objects" }
        node: { title: "a" label: "a\\nf.c:1:1\\n16 bytes (static)\\n0 dynamic objects" }
        node: { title: "b" label: "b\\nf.c:1:1\\n24 bytes (static)\\n0 dynamic objects" }
        edge: { sourcename: "reset_handler" targetname: "a" label: "" }
        edge: { sourcename: "reset_handler" targetname: "b" label: "" }
        edge: { sourcename: "a" targetname: "memcpy" label: "" }
    """
    graph = read_graph([text])
    assert graph.is_bounded
    assert depth(graph, "reset_handler") == 8 + 16 + 96
    graph.calls["b"].add("reset_handler")
    with pytest.raises(RecursionError):
        depth(graph, "reset_handler")
    assert not read_graph([text.replace("24 bytes (static)", "24 bytes (dynamic)")]).is_bounded
