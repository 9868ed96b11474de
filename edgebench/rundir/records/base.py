"""What all records of a run directory can do: become plain values, and be shown in one line."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, ClassVar

from edgebench.json_text import finite

SHOWN_TEXT = 40


class Record:
    """The base of the dataclasses that run.json is made of."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's own types, as run.json has it."""
        values: dict[str, Any] = finite(dataclasses.asdict(self))
        return values

    def __repr__(self) -> str:
        """Show the values that say something; of records and lists only what they are."""
        fields = dataclasses.fields(self)
        values = [(each.name, getattr(self, each.name)) for each in fields]
        shown = [f"{name}={_short(value)}" for name, value in values if _says_something(value)]
        return f"{type(self).__name__}({', '.join(shown)})"


def _says_something(value: object) -> bool:
    return value is not None and value != "" and value not in ((), [], {})


def _short(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN_TEXT else f"{value[: SHOWN_TEXT - 3]}...")
    if isinstance(value, Record):
        return f"{type(value).__name__}(...)"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Collection):
        return f"<{len(value)} of {type(value).__name__}>"
    return repr(value)
