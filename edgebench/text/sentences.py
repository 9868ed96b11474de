"""Sentences of messages, one after the other."""

from __future__ import annotations

ENDS = (".", "?", "!")


def and_then(first: object, second: str) -> str:
    """Return two sentences; the first, such as an error's, has a full stop or gets one."""
    text = str(first)
    return f"{text}{'' if text.endswith(ENDS) else '.'} {second}"
