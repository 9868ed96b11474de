"""Boards: firmware for them, what it takes, and what each layer costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.boards.card import BoardCard, board_card, board_cards
from edgebench.models.resolve import resolve_model

if TYPE_CHECKING:
    from edgebench.firmware.building.export import Exported
    from edgebench.firmware.building.size import FirmwareSize
    from edgebench.harness.devices.deploy import Deployed
    from edgebench.harness.devices.profile import Profile
    from edgebench.rundir.layers import Layers


def deploy(model: str | Path, board: str, **options: Any) -> Deployed:
    """Compile a model into firmware for a board, boot it, and ask who it is.

    Raises
    ------
    EdgebenchError
        As `edgebench.harness.devices.deploy.deploy`.
    """
    from edgebench.harness.devices.deploy import deploy as deployed

    return deployed(str(model), board, **options)


def profile(
    model: str | Path, board: str | None = None, *, into: str | Path | None = None, **options: Any
) -> Profile | Layers:
    """Say what each layer of a model costs, on this machine or on a board.

    Parameters
    ----------
    board
        A board's card: firmware is built with each layer timed, and run. Without one the ops are
        timed here: `edgebench.harness.modes.host_profile.profile_on_host`.
    into
        A run directory of the same model that the profile is put into, for its report.

    Raises
    ------
    EdgebenchError
        As `edgebench.harness.devices.profile.profile`.
    RunDirectoryInvalid
        If `into` is no run directory, or is another model's.
    """
    from edgebench.harness.devices.profile import layers_of
    from edgebench.harness.devices.profile import profile as profiled

    if board is not None:
        on_board = profiled(str(model), board, **options)
        found: Profile | Layers = on_board
        layers = layers_of(on_board)
    else:
        from edgebench.harness.modes.host_profile import profile_on_host

        found = layers = profile_on_host(str(model), **options)
    if into is not None:
        from edgebench.rundir.layers import put_layers

        put_layers(Path(into), layers)
    return found


def size(model: str | Path, board: str, **options: Any) -> FirmwareSize:
    """Say what a model takes of a board's flash and RAM, before anything is built.

    Raises
    ------
    EdgebenchError
        As `edgebench.firmware.building.size.size_of`.
    """
    from edgebench.firmware.building.size import size_of

    return size_of(resolve_model(str(model)), board_card(board), **options)


def export(model: str | Path, kind: str, out: str | Path, **options: Any) -> Exported:
    """Write a model's C as a project for your own tree: cmake, make, zephyr or arduino.

    Raises
    ------
    EdgebenchError
        As `edgebench.firmware.building.export.export`.
    """
    from edgebench.firmware.building.export import export as exported

    return exported(resolve_model(str(model)), kind, Path(out), **options)


def list_boards() -> dict[str, BoardCard]:
    """Return the cards of all boards, by name."""
    return board_cards()
