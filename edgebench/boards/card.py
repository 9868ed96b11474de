"""Read board cards: what a board is, and how to know that this machine is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edgebench.card_file import read_card
from edgebench.errors import BoardNotFound
from edgebench.registry import card_files
from edgebench.text.brief import Brief

Kernels = Literal["portable", "dsp", "helium"]
"""Which of the firmware's kernels a board's processor can run."""


@dataclass(frozen=True)
class FirmwareCard:
    """How the firmware is built for a board: ``[firmware]``.

    Attributes
    ----------
    ports
        The folders in ``firmware_host/ports``; the first has the linker script.
    compiler, flags, link_flags, defines
        The compiler's name, what it gets for the processor and to link, and what the ports' C
        asks for.
    slots
        How many inputs the board holds ready.
    kernels
        For Arm's processors ``dsp`` (Cortex-M4, M7, M33) or ``helium`` (M55).
    """

    compiler: str
    flash_origin: int
    flash_bytes: int
    ram_origin: int
    ram_bytes: int
    ports: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    slots: int = 1
    kernels: Kernels = "portable"


@dataclass(frozen=True)
class EmulatorCard:
    """The emulator of a board: ``[emulator]``; its clock counts instructions."""

    instructions_per_us: float
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimingCard:
    """The facts of a board that an estimate of time needs: ``[timing]``.

    Attributes
    ----------
    flash_wait_states
        What an access to the flash takes more than a cycle of the processor.
    flash_access_bytes
        How many bytes come at once.
    line_bytes, code_lines, data_lines
        Of the caches in front of the flash, for instructions and constants; 0 lines where none is
        simulated.
    source
        Where the figures are from.
    """

    clock_mhz: float
    flash_wait_states: int = 0
    flash_access_bytes: int = 16
    line_bytes: int = 32
    code_lines: int = 0
    data_lines: int = 0
    source: str = ""

    @property
    def line_wait_cycles(self) -> float:
        """Cycles that the flash's accesses for one line wait."""
        return self.flash_wait_states * self.line_bytes / self.flash_access_bytes


NO_DSP = re.compile(r"^-m(?:cpu|arch)=\S+\+nodsp|^-mcpu=cortex-m(?:0|0plus|1|3|23)(?:\+|$)")
"""A compiler's flag for a processor without DSP instructions."""
MOST_LINES = 4096
"""Of a cache that the plug-in for QEMU simulates: its MOST_LINES."""
LIMITS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("emulator", "instructions_per_us"): (1e-3, 1e6),
    ("timing", "clock_mhz"): (1e-3, 1e5),
    ("timing", "flash_wait_states"): (0, 1000),
    ("timing", "flash_access_bytes"): (1, 4096),
    ("timing", "line_bytes"): (1, 4096),
    ("timing", "code_lines"): (0, MOST_LINES),
    ("timing", "data_lines"): (0, MOST_LINES),
}
"""From what to what figures of a card may be, by table and key."""


@dataclass(frozen=True, repr=False)
class BoardCard(Brief):
    """A board card.

    Attributes
    ----------
    device_tree
        How the model in its device tree begins (``/proc/device-tree/model``), for boards that
        run Linux.
    advice
        What to know before measuring on it.
    meters
        What can measure its power.
    flashers, flasher_advice
        Programs that write an image to it, as argument lists in which {elf}, {bin} or {hex} stands
        for the image; how to get one.
    usb
        Its serial port's USB ids, such as ``0483:374b``.
    """

    name: str
    summary: str
    processor: str
    path: Path
    device_tree: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()
    firmware: FirmwareCard | None = None
    emulator: EmulatorCard | None = None
    timing: TimingCard | None = None
    flashers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flasher_advice: str = ""
    usb: tuple[str, ...] = ()


def load_board_card(path: Path) -> BoardCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        With every key that is missing, unknown, of the wrong type or out of its limits.
    """
    return read_card(path, BoardCard, {"name": path.stem, "path": path}, _faults)


def _faults(card: BoardCard) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for (table, key), (least, most) in LIMITS.items():
        part = getattr(card, table)
        value = least if part is None else getattr(part, key)
        if not least <= value <= most:
            yield (table, key), f"{value:g} is not from {least:g} to {most:g}"
    firmware = card.firmware
    without = next((flag for flag in firmware.flags if NO_DSP.search(flag)), "") if firmware else ""
    if firmware and without and firmware.kernels != "portable":
        yield (
            ("firmware", "kernels"),
            f"{firmware.kernels!r} needs DSP instructions, which `{without}` does not have; write "
            "'portable'",
        )


def board_cards() -> dict[str, BoardCard]:
    """Return every board card that is found, by name."""
    return {name: load_board_card(path) for name, path in card_files("boards").items()}


def board_card(name: str) -> BoardCard:
    """Return a board's card.

    Raises
    ------
    BoardNotFound
        If there is none of that name.
    """
    cards = card_files("boards")
    if name not in cards:
        raise BoardNotFound.unknown("board", name, cards)
    return load_board_card(cards[name])


def recognize(device_tree_model: str) -> BoardCard | None:
    """Return the board whose device tree has this model; the longest match wins."""
    matches = [
        (len(start), card)
        for card in board_cards().values()
        for start in card.device_tree
        if device_tree_model.startswith(start)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None
