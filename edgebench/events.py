"""The callback by which long work reports: one line of text at a time."""

from __future__ import annotations

from collections.abc import Callable

OnEvent = Callable[[str], None]
"""Called with one line for each event."""


def ignore(text: str) -> None:
    """Take an event and do nothing: the default where nobody asked."""
