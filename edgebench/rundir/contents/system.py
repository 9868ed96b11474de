"""system.json: what the machine is, and its state before and after the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.host.facts import HostFacts
from edgebench.host.limits import counted_sentences
from edgebench.host.state import HostState
from edgebench.rundir.contents.json_file import read_typed
from edgebench.rundir.contents.presence import is_present
from edgebench.rundir.layout import SYSTEM_JSON
from edgebench.rundir.records.base import Record


@dataclass(frozen=True, repr=False)
class SystemRecord(Record):
    """The machine that a run was started on."""

    host: HostFacts
    before: HostState
    after: HostState

    @property
    def states(self) -> tuple[HostState, HostState]:
        """Its state before and after."""
        return self.before, self.after

    @property
    def limit_caveats(self) -> tuple[str, ...]:
        """Sentences on how the CPU quota and the memory limits affected the run."""
        counts = self.after.limits.since(self.before.limits)
        return counted_sentences(self.host.limits, counts)


def read_system(folder: Path) -> SystemRecord | None:
    """Read system.json; None where there is none, as in a run that was interrupted.

    Raises
    ------
    RunDirectoryInvalid
        If it is damaged.
    """
    path = folder / SYSTEM_JSON
    return read_typed(SystemRecord, path) if is_present(path) else None
