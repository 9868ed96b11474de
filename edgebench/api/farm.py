"""Many boards as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgebench.farm.labgrid import Place
    from edgebench.farm.results import BoardRow
    from edgebench.farm.scheduler import Outcome
    from edgebench.farm.session import Prepared


def plan_farm(
    plan: str | Path, out: str | Path | None = None, *, resume: bool = False, coordinator: str = ""
) -> Prepared:
    """Read a plan, find its places, and what of it is left to do; nothing is measured.

    Raises
    ------
    UsageError
        If the plan is not possible (with its line), or has results already and is not resumed.
    RuntimeMissing
        If places are named and labgrid is not here.
    """
    from edgebench.farm.plan import read_plan
    from edgebench.farm.session import prepare_farm

    folder = None if out is None else Path(out)
    return prepare_farm(read_plan(Path(plan)), folder, resume=resume, coordinator=coordinator)


def run_farm(prepared: Prepared, told: Callable[[str], None] = lambda _: None) -> Outcome:
    """Carry out what is left of a plan.

    Raises
    ------
    RunDirectoryBusy
        If another plan is being carried out into the same folder.
    """
    from edgebench.farm.session import run_farm as carry_out

    return carry_out(prepared, told)


def list_places(coordinator: str = "") -> list[Place]:
    """Return the places of the labgrid farm.

    Raises
    ------
    RuntimeMissing, DeviceLost
        If labgrid is not here, or its coordinator does not answer.
    """
    from edgebench.farm.labgrid import find_labgrid

    return find_labgrid(coordinator).places()


def farm_results(folder: str | Path) -> list[BoardRow]:
    """Return a row a board and a run, over its repeats.

    Raises
    ------
    RunDirectoryInvalid
        If nothing has been measured there.
    """
    from edgebench.farm.results import board_rows

    return board_rows(Path(folder))


def clean_up_farm(folder: str | Path, coordinator: str = "") -> list[str]:
    """Release the places that a plan has left held; return their names."""
    from edgebench.farm.session import clean_up

    return clean_up(Path(folder), coordinator)
