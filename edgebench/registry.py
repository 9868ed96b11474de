"""Where cards and plug-ins are found.

Cards (models, datasets, boards) are folders or files of data. They are looked for, first hit
wins, in each folder of ``$EDGEBENCH_PATH``, in ``$XDG_DATA_HOME/edgebench`` (usually
``~/.local/share/edgebench``) and in what came with the package.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, TypeVar

from edgebench.errors import CardInvalid
from edgebench.files.folders import data_folder

Kind = Literal["models", "datasets", "boards"]
T = TypeVar("T")
_REQUIRED: Any = object()


def packaged_data() -> Path:
    """Return the folder with the packaged models/, datasets/ and boards/."""
    package = Path(__file__).parent
    in_wheel = package / "_data"
    return in_wheel if in_wheel.is_dir() else package.parent


def search_path() -> tuple[Path, ...]:
    """Return the folders that are searched for cards, first one first."""
    extra = [Path(p) for p in os.environ.get("EDGEBENCH_PATH", "").split(os.pathsep) if p]
    own = data_folder().path
    return (*extra, *([own] if own.is_absolute() else []), packaged_data())


def card_files(kind: Kind) -> dict[str, Path]:
    """Return every card of a kind, by name, sorted.

    A model or dataset is a folder with a card.toml; a board is a .toml file. The name is the
    folder's, or the file's without its ending.
    """
    found: dict[str, Path] = {}
    for folder in search_path():
        for card in _cards_below(folder / kind, kind):
            name = card.stem if kind == "boards" else card.parent.name
            found.setdefault(name, card)
    return dict(sorted(found.items()))


def _cards_below(folder: Path, kind: Kind) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.glob("*.toml" if kind == "boards" else "*/card.toml")


def plugins(group: str) -> dict[str, Callable[[], Any]]:
    """Return the entry points of a group: their names, and functions that import them."""
    return {point.name: point.load for point in entry_points(group=group)}


class CardTable:
    """A table of a card, read key by key with errors that name the card and the key."""

    def __init__(self, card: Path, values: dict[str, Any], where: str = "") -> None:
        self.card = card
        self.values = values
        self._where = where

    @classmethod
    def read(cls, card: Path) -> CardTable:
        """Read a card.

        Raises
        ------
        CardInvalid
            If the file can't be read or is not TOML.
        """
        try:
            return cls(card, tomllib.loads(card.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise CardInvalid(f"{card}: not a readable TOML card: {error}") from error

    def get(self, key: str, kind: type[T], default: T = _REQUIRED) -> T:
        """Return a value of the given type; an int will do for a float.

        Raises
        ------
        CardInvalid
            If the key is missing and has no default, or has another type.
        """
        value = self.values.get(key, default)
        if value is _REQUIRED:
            raise CardInvalid(f"{self.card}: the key `{self._where}{key}` is missing")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if value is not default and not isinstance(value, kind):
            raise CardInvalid(
                f"{self.card}: `{self._where}{key}` must be a {kind.__name__}, not {value!r}"
            )
        return value

    def table(self, key: str) -> CardTable:
        """Return a sub-table; an empty one where there is none."""
        return CardTable(self.card, self.get(key, dict, {}), f"{self._where}{key}.")

    def tables(self, key: str) -> dict[str, CardTable]:
        """Return the sub-tables of a table, such as the variants of a model."""
        table = self.table(key)
        return {name: table.table(name) for name in table.values}

    def strings(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; an empty one where there is none."""
        values = self.get(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise CardInvalid(f"{self.card}: `{self._where}{key}` must be a list of strings")
        return tuple(values)

    def path(self, key: str) -> Path:
        """Return a file that lies beside the card; never one outside its folder."""
        name = self.get(key, str)
        path = (self.card.parent / name).resolve()
        if not path.is_relative_to(self.card.parent.resolve()):
            raise CardInvalid(f"{self.card}: `{self._where}{key}` points outside its folder")
        return path
