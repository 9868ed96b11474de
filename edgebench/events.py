"""What long work says while it goes on: one line of text at a time, to whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable

OnEvent = Callable[[str], None]
"""Called with one line for each event."""


def ignore(text: str) -> None:
    """Take an event and do nothing: the default where nobody asked."""
