"""The emulated board that executes what a board's firmware would execute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgebench.boards.card import BoardCard, board_card
from edgebench.errors import UsageError
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.cycles.cores import core_of

TWINS: Mapping[str, str] = {
    "Cortex-M0+": "mps2-an385",
    "Cortex-M3": "mps2-an385",
    "Cortex-M4": "mps2-an386",
    "Cortex-M7": "mps2-an500",
    "Cortex-M33": "mps2-an500",
    "Cortex-M55": "mps3-an547",
    "Cortex-M85": "mps3-an547",
    "RV32, single issue": "riscv-virt",
}
"""An emulated processor that knows all instructions of a core's: compilers make no others."""


def twin_of(board: BoardCard) -> BoardCard:
    """Return the board itself if it is emulated, else one with its compiler's flags and kernels.

    Raises
    ------
    UsageError
        If the board has no firmware, or a core that no emulated board stands in for.
    """
    card = firmware_of(board)
    if board.emulator is not None:
        return board
    core = core_of(card)
    if core is None or core.name not in TWINS:
        raise UsageError(f"the cycles of {board.name} can't be estimated: its core is not known")
    twin = board_card(TWINS[core.name])
    firmware = replace(
        firmware_of(twin), flags=card.flags, kernels=card.kernels, compiler=card.compiler, slots=1
    )
    return replace(twin, firmware=firmware)
