"""The contract between a worker and its target."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from edgebench.farm.planning.jobs import Job


class Access(AbstractContextManager["Access", None], Protocol):
    """A context manager: the target is ours inside."""

    def run(self, job: Job, out: Path) -> list[Path]:
        """Carry a job out; return its run directories, which lie below ``out``."""
