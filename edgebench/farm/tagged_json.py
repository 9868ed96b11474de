"""Values of several types as lines of JSON: an object whose first key says which type it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgebench.text.typed_json import structure, unstructure


class UnknownTag(ValueError):
    """An object that says that it is of a type that is not known here, or of none."""


@dataclass(frozen=True)
class Tagged:
    """How the dataclasses of a family are distinguished.

    Attributes
    ----------
    key
        The key that says which type an object is; no type has a field of that name.
    types
        The types by what stands there.
    """

    key: str
    types: Mapping[str, type]

    def tag(self, value: Any) -> str:
        """Return what stands for a value's type."""
        return next(name for name, kind in self.types.items() if kind is type(value))

    def plain(self, value: Any) -> dict[str, Any]:
        """Return a value as an object of JSON's own types."""
        return {self.key: self.tag(value), **unstructure(value)}

    def value(self, plain: Any) -> Any:
        """Return the value that an object stands for.

        Raises
        ------
        UnknownTag
            If it is none of the types.
        TypedJsonError
            If a key is missing or unknown, or a value is of another type.
        """
        tag = plain.get(self.key) if isinstance(plain, dict) else None
        kind = self.types.get(tag) if isinstance(tag, str) else None
        if kind is None:
            raise UnknownTag(f"`{self.key}` is {tag!r}; known: {', '.join(self.types)}")
        return structure(kind, {key: each for key, each in plain.items() if key != self.key})
