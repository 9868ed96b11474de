"""Show a value in one short line, however much it holds: what an interpreter prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, ClassVar

MOST_CHARACTERS = 299
"""Of a whole value."""
MOST_OF_LINES = 240
"""Of the lines that `in_brief` shows."""


class Brief:
    """The base of dataclasses whose ``repr`` is short: of what they hold only what it is.

    They are made with ``@dataclass(repr=False)``.
    """

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    shown_text: ClassVar[int] = 40
    """The characters that are shown of a text."""

    def __repr__(self) -> str:
        """Show the values that say something; of records and lists only what they are."""
        fields = [each for each in dataclasses.fields(self) if each.repr]
        values = [(each.name, getattr(self, each.name)) for each in fields]
        shown = [
            f"{name}={_short(value, self.shown_text)}"
            for name, value in values
            if _says_something(value)
        ]
        text = ", ".join(shown)
        room = MOST_CHARACTERS - len(type(self).__name__) - 2
        return f"{type(self).__name__}({_cropped(text, room)})"


def in_brief(lines: Collection[str]) -> str:
    """Return lines as one, short: those that fit, and how many more there are."""
    shown: list[str] = []
    for line in lines:
        if shown and sum(map(len, shown)) + len(line) > MOST_OF_LINES:
            return f"{'; '.join(shown)}; {len(lines) - len(shown)} more"
        shown.append(_cropped(line, MOST_OF_LINES))
    return "; ".join(shown)


def _says_something(value: object) -> bool:
    if getattr(value, "ndim", 1) == 0:
        return True
    return len(value) > 0 if isinstance(value, Collection) else value is not None


def _short(value: object, most: int) -> str:
    if isinstance(value, str):
        return repr(_cropped(value, most))
    if isinstance(value, Brief):
        return f"{type(value).__name__}(...)"
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Collection):
        return f"<{len(value)} of {type(value).__name__}>"
    return _cropped(repr(value), 2 * most)


def _cropped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
