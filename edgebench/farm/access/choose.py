"""Choose how a worker gets at its target."""

from __future__ import annotations

from edgebench.errors import UsageError
from edgebench.events import OnEvent, ignore
from edgebench.farm.access.contract import Access
from edgebench.farm.labgrid.client import Labgrid
from edgebench.farm.planning.targets import DeviceTarget, PlaceTarget, SshTarget, Target


def access_to(target: Target, labgrid: Labgrid | None, on_waiting: OnEvent = ignore) -> Access:
    """Return what a worker uses; ``on_waiting`` is called with why a place can't be had yet.

    Raises
    ------
    UsageError
        If a place is to be used without labgrid.
    """
    match target:
        case SshTarget():
            from edgebench.farm.ssh.machine import SshMachine

            return SshMachine(target)
        case DeviceTarget():
            from edgebench.farm.access.device import LocalDevice

            return LocalDevice(target)
        case PlaceTarget():
            from edgebench.farm.access.place import LabgridPlace

            if labgrid is None:
                raise UsageError(f"{target.name} is a place of labgrid, which is not here")
            return LabgridPlace(target, labgrid, on_waiting)
