"""Where runs go: places of a labgrid farm, ports of this machine, machines over SSH."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgebench.farm.tagged_json import Tagged


@dataclass(frozen=True, kw_only=True)
class SerialBoard:
    """A board behind a serial port.

    Attributes
    ----------
    name
        What tables call it.
    meter, supply_v
        A power meter at the board, as `edgebench.harness.request.RunRequest.power` names it.
    host_timed
        Whether a board behind a network may be timed by the host as well: labelled, no result.
    emulator_clock
        Whether an emulator is behind the port, whose clock counts instructions.
    board, deploy
        A board card, and a command whose words may have ``{elf}``, ``{bin}``, ``{hex}`` and
        ``{place}``: each run's model is compiled for the board and put on it by that command.
    """

    name: str = ""
    meter: str | None = None
    supply_v: float | None = None
    host_timed: bool = False
    emulator_clock: bool = False
    board: str | None = None
    deploy: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlaceTarget(SerialBoard):
    """A place of a labgrid farm."""

    place: str

    @property
    def where(self) -> str:
        """The place's name."""
        return self.place


@dataclass(frozen=True, kw_only=True)
class DeviceTarget(SerialBoard):
    """A port of this machine, a URL or ``emulated:MODEL``."""

    device: str

    @property
    def where(self) -> str:
        """The port."""
        return self.device


@dataclass(frozen=True, kw_only=True)
class SshTarget:
    """A machine, as ssh names it, that runs edgebench itself.

    Attributes
    ----------
    name
        What tables call it.
    meter, supply_v
        A power meter at that machine.
    command
        edgebench's program there.
    setup
        A wheel that is installed there if the program is missing.
    ssh_config
        A file for ``ssh -F`` instead of the user's own.
    """

    ssh: str
    name: str = ""
    meter: str | None = None
    supply_v: float | None = None
    command: str = "edgebench"
    setup: str | None = None
    ssh_config: str | None = None

    @property
    def where(self) -> str:
        """The machine."""
        return self.ssh


@dataclass(frozen=True, kw_only=True)
class TagFilter:
    """Every place with these tags, as the coordinator has them when the plan is begun."""

    tags: Mapping[str, str]
    host_timed: bool = False
    emulator_clock: bool = False


Target = PlaceTarget | DeviceTarget | SshTarget
TARGETS = Tagged("kind", {"place": PlaceTarget, "device": DeviceTarget, "ssh": SshTarget})


def kind_of(target: Target) -> str:
    """Return ``place``, ``device`` or ``ssh``."""
    return TARGETS.tag(target)
