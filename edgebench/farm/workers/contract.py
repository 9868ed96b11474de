"""The contract between the scheduler and its workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from edgebench.farm.planning.jobs import Job
from edgebench.farm.planning.targets import Target
from edgebench.farm.workers.messages import Message


class Workers(Protocol):
    """The processes that carry jobs out, by their target's name; no call waits for one of them."""

    @property
    def identity(self) -> str:
        """Who holds the places, to labgrid."""

    def start(self, target: Target) -> None:
        """Start a target's worker, which says that it is ready, or why not."""

    def assign(self, target: str, job: Job, out: Path) -> None:
        """Give a worker that is ready a job."""

    def stop(self, target: str, *, power_cycle: bool = False) -> None:
        """Begin to end a worker: it lets its target go, or that is done for it.

        Before that its board is switched off and on if ``power_cycle`` is set. When all is done
        `Stopped` comes, and nothing else from this worker.
        """

    def messages(self, timeout_s: float) -> Iterator[tuple[str, Message]]:
        """Wait for workers; yield what they say, and what becomes of them."""

    def close(self) -> None:
        """End every worker that is left, and wait until their targets are let go."""
