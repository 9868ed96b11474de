"""run.json: the system under test."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.rundir.records.base import Record
from edgebench.rundir.records.placement import PlacedOps, Placement
from edgebench.runtime_settings import RuntimeSettings


@dataclass(frozen=True, repr=False)
class SutDescription(Record):
    """A system under test as it was opened; all of it goes into run.json.

    Attributes
    ----------
    name
        The runtime's name, or the device's.
    runtime, runtime_version
        The package that was used (``ai-edge-litert``), or a device's port and profile.
    settings
        What the runtime really ran with: nothing in it is ``auto`` or left open. A serial device
        has the default ones.
    delegates
        Those that took part of the graph, not those that were asked for.
    default_delegates
        Those that the runtime applies without being asked.
    clock
        What tells the time.
    notes
        What the runtime itself printed while it was opened.
    placement
        What computed each op; None where that is not known, as in runs of earlier versions.
    loaded_samples
        How many samples it can hold ready; 0: as many as memory allows.
    """

    name: str
    runtime: str
    runtime_version: str
    settings: RuntimeSettings
    delegates: tuple[str, ...]
    clock: str
    notes: tuple[str, ...] = ()
    loaded_samples: int = 0
    default_delegates: tuple[str, ...] = ()
    placement: Placement | None = None

    @property
    def asked_of(self) -> str | None:
        """The provider or the delegate that all ops were asked of; None: any part of the CPU."""
        provider = self.settings.provider
        return self.settings.delegate or (provider if provider != "cpu" else None)

    @property
    def fallback(self) -> tuple[PlacedOps, ...]:
        """The ops that something else computed than was asked for, as far as that is known."""
        if self.asked_of is None or self.placement is None:
            return ()
        return self.placement.not_by((self.asked_of,))
