"""The types that the value of a meter's option can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")
_MULTIPLES = {"k": 1e3, "M": 1e6}
LARGEST = 1e9


class OptionKind(Protocol[T]):
    """The type of an option's value."""

    @property
    def expected(self) -> str:
        """Right values, in words: ``a number above 0``."""

    def read(self, text: str) -> T | None:
        """Return the value that a text means; None if it means none."""

    def holds(self, value: T) -> bool:
        """Whether a value will do."""


@dataclass(frozen=True)
class Number:
    """A number above 0, such as ``3.3`` or ``100k``, within limits."""

    least: float = 0.0
    most: float = LARGEST
    unit: str = ""

    @property
    def expected(self) -> str:
        """Right values, in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.most < LARGEST:
            return f"{self.least:g} to {self.most:g}{unit}"
        return f"{self.least:g}{unit} or more" if self.least else f"a number above 0{unit}"

    def read(self, text: str) -> float | None:
        """Read it."""
        scale = _MULTIPLES.get(text[-1:], 1.0)
        try:
            return float(text[:-1] if scale != 1.0 else text) * scale
        except ValueError:
            return None

    def holds(self, value: float) -> bool:
        """Whether it lies within the limits."""
        return 0 < value < LARGEST and self.least <= value <= self.most


@dataclass(frozen=True)
class Span:
    """Any number within limits; 0 and negative ones as well."""

    least: float
    most: float
    unit: str = ""

    @property
    def expected(self) -> str:
        """Right values, in words."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.least:g} to {self.most:g}{unit}"

    def read(self, text: str) -> float | None:
        """Read it."""
        return Number().read(text)

    def holds(self, value: float) -> bool:
        """Whether it lies within the limits."""
        return self.least <= value <= self.most


class OneNumber:
    """One of some numbers, with a text for each: ``100k``."""

    def __init__(self, texts: dict[float, str]) -> None:
        self._texts = texts

    @property
    def expected(self) -> str:
        """Right values, in words."""
        return f"one of {', '.join(self._texts.values())}"

    def read(self, text: str) -> float | None:
        """Read it."""
        return Number().read(text)

    def holds(self, value: float) -> bool:
        """Whether it is one of them."""
        return value in self._texts


@dataclass(frozen=True)
class Whole:
    """An integer; `prefix` may stand before it, as in ``D3``."""

    least: int = 0
    most: int = 1 << 16
    prefix: str = ""

    @property
    def expected(self) -> str:
        """Right values, in words."""
        return f"{self.prefix}{self.least} to {self.prefix}{self.most}"

    def read(self, text: str) -> int | None:
        """Read it."""
        digits = text.removeprefix(self.prefix)
        return int(digits) if digits.isdecimal() and len(digits) < 10 else None

    def holds(self, value: int) -> bool:
        """Whether it lies within the limits."""
        return self.least <= value <= self.most


class Choice:
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    @property
    def expected(self) -> str:
        """Right values, in words."""
        return f"one of {', '.join(self._words)}"

    def read(self, text: str) -> str | None:
        """Read it."""
        return text

    def holds(self, value: str) -> bool:
        """Whether it is one of them."""
        return value in self._words


@dataclass(frozen=True)
class Text:
    """Any text but an empty one."""

    expected: str = "a text"

    def read(self, text: str) -> str | None:
        """Read it."""
        return text

    def holds(self, value: str) -> bool:
        """Whether there is any."""
        return bool(value)
