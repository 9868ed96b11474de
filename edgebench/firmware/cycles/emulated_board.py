"""The emulated board that executes what a board's firmware would execute."""

from __future__ import annotations

from dataclasses import replace

from edgebench.boards.card import BoardCard, board_card
from edgebench.errors import UsageError
from edgebench.firmware.building.image import firmware_of
from edgebench.firmware.cycles.cores import core_of


def emulated_board_of(board: BoardCard) -> BoardCard:
    """Return the board itself if it is emulated, else one with its compiler's flags and kernels.

    Raises
    ------
    UsageError
        If the board has no firmware, or a core that is not known.
    """
    card = firmware_of(board)
    if board.emulator is not None:
        return board
    core = core_of(card)
    if core is None:
        raise UsageError(f"the cycles of {board.name} can't be estimated: its core is not known")
    twin = board_card(core.emulated_by)
    firmware = replace(
        firmware_of(twin), flags=card.flags, kernels=card.kernels, compiler=card.compiler, slots=1
    )
    return replace(twin, firmware=firmware)
