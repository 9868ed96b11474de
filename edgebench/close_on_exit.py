"""A context manager for everything that has `close`."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class CloseOnExit:
    """Closes itself at the end of a ``with`` block; a subclass overrides `close`."""

    def close(self) -> None:
        """Let go of what is held; nothing by default."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
