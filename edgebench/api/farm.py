"""Many boards as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.api.arguments import given, public

if TYPE_CHECKING:
    from edgebench.farm.labgrid.places import FarmPlace
    from edgebench.farm.results import FarmRow
    from edgebench.farm.scheduler import FarmOutcome
    from edgebench.farm.session import PreparedFarm


@public
def plan_farm(
    plan: str | Path,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    coordinator: str = "",
) -> PreparedFarm:
    """Read a plan, find its places, and what of it is left to do; nothing is measured.

    Parameters
    ----------
    plan
        A .toml file: docs/farm.md.
    out
        The folder of the results; the plan's own if left out.
    resume
        Go on with a plan that has results already.
    coordinator
        labgrid's, as HOST:PORT; ``LG_COORDINATOR`` or this machine's if left out.

    Raises
    ------
    UsageError
        If the plan is not possible (with its line), or has results already and is not resumed.
    RuntimeMissing
        If places are named and labgrid is not here.
    """
    from edgebench.farm.planning.plan_file import read_plan
    from edgebench.farm.session import prepare_farm

    folder = None if out is None else Path(out)
    return prepare_farm(read_plan(Path(plan)), folder, resume=resume, coordinator=coordinator)


@public
def run_farm(
    prepared: PreparedFarm, *, on_event: Callable[[str], None] | None = None
) -> FarmOutcome:
    """Carry out what is left of a plan.

    Parameters
    ----------
    prepared
        What `plan_farm` returned.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    RunDirectoryBusy
        If another plan is being carried out into the same folder.
    """
    from edgebench.farm.session import run_farm as carry_out

    return carry_out(prepared, **given(on_event=on_event))


@public
def list_places(*, coordinator: str = "") -> list[FarmPlace]:
    """Return the places of the labgrid farm.

    Parameters
    ----------
    coordinator
        As `plan_farm` takes it.

    Raises
    ------
    RuntimeMissing, DeviceLost
        If labgrid is not here, or its coordinator does not answer.
    """
    from edgebench.farm.labgrid.find import find_labgrid

    return find_labgrid(coordinator).places()


@public
def farm_results(folder: str | Path) -> list[FarmRow]:
    """Return one row per board and run, over its repeats.

    Raises
    ------
    RunDirectoryInvalid
        If nothing has been measured there.
    """
    from edgebench.farm.results import board_rows

    return board_rows(Path(folder))


@public
def clean_up_farm(folder: str | Path, *, coordinator: str = "") -> list[str]:
    """Release the places that a plan has left held; return their names.

    Parameters
    ----------
    folder
        The folder of the plan's results.
    coordinator
        As `plan_farm` takes it.
    """
    from edgebench.farm.session import clean_up

    return clean_up(Path(folder), coordinator)
