"""Settings that a dataclass declares once: its fields are the options of every command line.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Sizes:
...     width: float = declared(1.0, "Of every layer, times.")
...     depth: int | None = declared(None, "In layers.")
>>> [(each.name, each.kind.__name__, each.default) for each in declared_in(Sizes)]
[('width', 'float', 1.0), ('depth', 'int', None)]
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import NoneType
from typing import Any, get_args, get_type_hints

_ABOUT = "edgebench declared setting"


@dataclass(frozen=True)
class Declared:
    """A setting: its field's name and type (without None), its default, and what it is."""

    name: str
    kind: type
    default: Any
    about: str

    @property
    def is_flag(self) -> bool:
        """Whether it is given or not, without a value."""
        return self.kind is bool


def declared(default: Any, about: str) -> Any:
    """Return a dataclass's field for a setting."""
    return field(default=default, metadata={_ABOUT: about})


def declared_in(kind: Any) -> tuple[Declared, ...]:
    """Return the settings that a dataclass declares, in the order of its fields."""
    hints = get_type_hints(kind)
    return tuple(
        Declared(each.name, _without_none(hints[each.name]), each.default, each.metadata[_ABOUT])
        for each in fields(kind)
        if _ABOUT in each.metadata
    )


def _without_none(hint: Any) -> Any:
    kinds = [each for each in get_args(hint) if each is not NoneType]
    return kinds[0] if kinds else hint
