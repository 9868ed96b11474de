"""What a worker does to its target: take it, run on it, let it go."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from edgebench.errors import DeviceLost, EdgebenchError, UsageError
from edgebench.farm.jobs import Job
from edgebench.farm.labgrid import FarmUnreachable, Labgrid, PlaceTaken
from edgebench.farm.plan import Target
from edgebench.harness.device_request import DeviceRequest
from edgebench.harness.request import DEFAULT_MODEL, request_of
from edgebench.harness.run.session import run_request

PORT_S, PORT_AGAIN_S = 10.0, 1.0


class Access(Protocol):
    """A context manager: the target is ours inside."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out; return its run directories, which lie below ``out``."""


class Deployer:
    """Puts each job's model on a target's board, where the plan says how."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._there: Path | None = None

    def deploy(self, job: Job) -> None:
        """Compile a job's model and put it on the board, if it is not the one that is there.

        Raises
        ------
        ModelNotSupported, BuildFailed, FlashFailed
            If it can't be compiled, or the plan's command fails.
        """
        target = self._target
        if target.board is None:
            return
        from edgebench.boards.card import board_card
        from edgebench.firmware.building.image import ImageOptions, build_image
        from edgebench.firmware.running.flash import flash_by
        from edgebench.models.resolve import resolve_model

        model = resolve_model(job.run.model or DEFAULT_MODEL)
        image = build_image(model, board_card(target.board), ImageOptions())
        if image.path != self._there:
            self._there = None
            words = [word.replace("{place}", target.where) for word in target.deploy]
            flash_by(words, image, f"{target.name}'s deploy")
            self._there = image.path


class LocalDevice:
    """A port of this machine, or an emulated device."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._deployer = Deployer(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out."""
        self._deployer.deploy(job)
        return run_on_port(self._target.where, self._target, job, out)


class LabgridPlace:
    """A place of a labgrid farm: acquired on entering, released on leaving.

    One that is somebody else's is reserved and waited for; ``waiting`` is told why, again and
    again, and may raise to end it.
    """

    def __init__(
        self, target: Target, labgrid: Labgrid, waiting: Callable[[str], None] = lambda _: None
    ) -> None:
        self._target, self._labgrid, self._waiting = target, labgrid, waiting
        self._deployer = Deployer(target)
        self._held = False

    def __enter__(self) -> Self:
        try:
            self._labgrid.acquire(self._target.where)
        except PlaceTaken as taken:
            self._acquire_in_turn(taken)
        self._held = True
        return self

    def _acquire_in_turn(self, taken: PlaceTaken) -> None:
        self._waiting(str(taken))
        token = self._labgrid.reserve(self._target.where)
        try:
            while not self._labgrid.is_our_turn(token):
                self._waiting(str(taken))
            self._labgrid.acquire(self._target.where)
        finally:
            # It has served: kept, it would keep others out after us.
            with suppress(EdgebenchError):
                self._labgrid.cancel(token)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._held:
            # If the coordinator is gone, so is its word for whose the place is.
            with suppress(EdgebenchError):
                self._labgrid.release(self._target.where)

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out on the place's port, wherever that is now.

        Raises
        ------
        PlaceTaken
            If the place is not ours any more, before or after: what was measured is not ours
            either, and is set aside.
        """
        self._check_ours()
        self._deployer.deploy(job)
        runs = run_on_port(self._port(), self._target, job, out)
        try:
            self._check_ours()
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
                return self._labgrid.port(self._target.where)
            except FarmUnreachable:
                raise
            except DeviceLost:
                if time.monotonic() > end:
                    raise
            time.sleep(PORT_AGAIN_S)

    def _check_ours(self) -> None:
        place = self._labgrid.place(self._target.where)
        if place.holder != self._labgrid.identity:
            self._held = False
            who = f"{place.holder} holds it now" if place.holder else "nobody holds it now"
            raise PlaceTaken(f"place {place.name} is not ours any more: {who}")


def run_on_port(port: str, target: Target, job: Job, out: Path) -> list[Path]:
    """Run a job's model on a serial device."""
    options = _options(job)
    if target.meter is not None:
        options["power"] = target.meter
    if target.supply_v is not None:
        options["supply_v"] = target.supply_v
    device = DeviceRequest(port, host_timed=target.host_timed, emulator_clock=target.emulator_clock)
    result = run_request(request_of(model=job.run.model, device=device, **options), out)
    return [run.path for run in result.runs]


def _options(job: Job) -> dict[str, Any]:
    options = dict(job.run.options)
    if job.run.scenarios:
        options["scenarios"] = job.run.scenarios
    if job.run.modes:
        options["modes"] = job.run.modes
    return options


def access_to(
    target: Target, labgrid: Labgrid | None, waiting: Callable[[str], None] = lambda _: None
) -> Access:
    """Return what a worker uses; ``waiting`` is told why a place can't be had yet.

    Raises
    ------
    UsageError
        If a place is to be used without labgrid.
    """
    if target.kind == "ssh":
        from edgebench.farm.ssh import SshMachine

        return SshMachine(target)
    if target.kind == "device":
        return LocalDevice(target)
    if labgrid is None:
        raise UsageError(f"{target.name} is a place: that needs labgrid")
    return LabgridPlace(target, labgrid, waiting)


def is_worth_another_try(error: BaseException) -> bool:
    """Return whether a failure may be the board's or the way's to it, not the plan's."""
    return not isinstance(error, UsageError)
