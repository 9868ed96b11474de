"""Run jobs on a place of a labgrid farm."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from edgebench.close_on_exit import CloseOnExit
from edgebench.errors import DeviceLost, EdgebenchError
from edgebench.events import OnEvent, ignore
from edgebench.farm.access.deploy import Deployer
from edgebench.farm.access.device import run_on_port
from edgebench.farm.labgrid.client import Labgrid
from edgebench.farm.labgrid.errors import FarmUnreachable, PlaceTaken
from edgebench.farm.labgrid.places import FarmPlace, serial_url
from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import PlaceTarget

PORT_S, PORT_AGAIN_S = 10.0, 1.0


class LabgridPlace(CloseOnExit):
    """A place that is acquired on entering and released on leaving.

    One that is somebody else's is reserved and waited for; ``on_waiting`` is called with the
    reason, again and again, and may raise to end it. See `edgebench.farm.access.contract.Access`.
    """

    def __init__(
        self,
        target: PlaceTarget,
        labgrid: Labgrid,
        on_waiting: OnEvent = ignore,
    ) -> None:
        self._name, self._labgrid, self._on_waiting = target.place, labgrid, on_waiting
        self._deployer = Deployer(target)
        self._held = False

    def __enter__(self) -> Self:
        try:
            self._labgrid.acquire(self._name)
        except PlaceTaken as taken:
            self._acquire_in_turn(taken)
        self._held = True
        return self

    def _acquire_in_turn(self, taken: PlaceTaken) -> None:
        self._on_waiting(str(taken))
        token = self._labgrid.reserve(self._name)
        try:
            while not self._labgrid.is_our_turn(token):
                self._on_waiting(str(taken))
            self._labgrid.acquire(self._name)
        finally:
            # It has served: kept, it would keep others out after us.
            with suppress(EdgebenchError):
                self._labgrid.cancel(token)

    def close(self) -> None:
        """Release the place, if it is ours."""
        if self._held:
            # If the coordinator is gone, so is its word for whose the place is.
            with suppress(EdgebenchError):
                self._labgrid.release(self._name)

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out on the place's port, wherever that is now.

        Raises
        ------
        PlaceTaken
            If the place is not ours any more, before or after: what was measured is not ours
            either, and is renamed.
        """
        if self._deployer.is_needed:
            self._own_place()
            self._deployer.deploy(job)
        runs = run_on_port(self._port(), job, out)
        try:
            self._own_place()
        except PlaceTaken:
            for run in runs:
                run.rename(run.with_name(f"{run.name}.not-ours"))
            raise
        return runs

    def _port(self) -> str:
        """Return where the port is; one that was just plugged in takes its exporter a moment."""
        end = time.monotonic() + PORT_S
        while True:
            try:
                return serial_url(self._own_place())
            except (FarmUnreachable, PlaceTaken):
                raise
            except DeviceLost:
                if time.monotonic() > end:
                    raise
            time.sleep(PORT_AGAIN_S)

    def _own_place(self) -> FarmPlace:
        place = self._labgrid.place(self._name)
        if place.holder != self._labgrid.identity:
            self._held = False
            who = f"{place.holder} holds it now" if place.holder else "nobody holds it now"
            raise PlaceTaken(f"place {place.name} is not ours any more: {who}")
        return place
