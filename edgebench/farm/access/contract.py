"""What a worker needs of its target."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from edgebench.farm.planning.jobs import Job


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
