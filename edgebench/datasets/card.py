"""Dataset cards: where samples come from, how they are stored, what they can't tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.datasets.clicks.spec import RECIPES, ClickSpec, read_spec
from edgebench.errors import CardInvalid, DatasetMismatch
from edgebench.registry import CardTable, card_files


@dataclass(frozen=True)
class Encoding:
    """How stored numbers become the values that a model is given.

    real = scale * (stored - zero_point); then each ``(axis, times)`` of ``repeats`` repeats
    every value along an axis (8x8 pixels to 32x32, grey to RGB). ``dtype`` and ``shape`` say
    how raw files are to be read; other loaders take them from the file.
    """

    dtype: str = ""
    shape: tuple[int, ...] = ()
    scale: float = 1.0
    zero_point: int = 0
    repeats: tuple[tuple[int, int], ...] = ()

    def real(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Return one stored sample in real values.

        Raises
        ------
        DatasetMismatch
            If it lacks an axis that is to be repeated.
        """
        values = np.float32(self.scale) * (stored.astype(np.float32) - self.zero_point)
        for axis, times in self.repeats:
            if axis >= values.ndim:
                raise DatasetMismatch(
                    f"a sample has the shape {list(stored.shape)}; the dataset's card repeats "
                    f"its axis {axis}"
                )
            values = values.repeat(times, axis)
        return values.astype(np.float32)


@dataclass(frozen=True)
class Part:
    """A file of a dataset (its evaluation or calibration set) and its hash."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class DatasetCard:
    """A dataset card. ``parts`` is empty where the data are the user's to bring.

    ``clicks`` is set where the samples are made when they are needed, by one of ``recipes``, each
    with the hash of what it makes.
    """

    name: str
    summary: str
    source: str
    licence: str
    limits: str
    loader: str
    classes: tuple[str, ...]
    metric: str
    encoding: Encoding
    parts: dict[str, Part]
    path: Path
    clicks: ClickSpec | None = None
    recipes: dict[str, str] = field(default_factory=dict)


def load_dataset_card(path: Path) -> DatasetCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        If a key is missing or of the wrong type.
    """
    card = CardTable.read(path)
    if "base" in card.values:
        return _at_another_encoding(path, card)
    return DatasetCard(
        name=path.parent.name,
        summary=card.get("summary", str),
        source=card.get("source", str),
        licence=card.get("licence", str),
        limits=card.get("limits", str),
        loader=card.get("loader", str),
        classes=card.strings("classes"),
        metric=card.get("metric", str),
        encoding=_encoding(card.table("encoding")),
        parts={
            name: Part(table.path("file"), table.get("sha256", str))
            for name, table in card.tables("parts").items()
        },
        path=path,
        clicks=read_spec(card),
        recipes=_recipes(card.table("recipes")),
    )


def _recipes(table: CardTable) -> dict[str, str]:
    unknown = [name for name in table.values if name not in RECIPES]
    if unknown:
        raise CardInvalid(f"{table.card}: no recipe {unknown[0]!r}; there are {', '.join(RECIPES)}")
    return {name: table.get(name, str) for name in table.values}


def _at_another_encoding(path: Path, card: CardTable) -> DatasetCard:
    """Return the card of a dataset that is another's samples, encoded in another way."""
    base = card_files("datasets").get(card.get("base", str))
    if base is None or base == path:
        raise CardInvalid(f"{path}: `base` is {card.get('base', str)!r}, which is no dataset here")
    return replace(
        load_dataset_card(base),
        name=path.parent.name,
        encoding=_encoding(card.table("encoding")),
        path=path,
    )


def _encoding(table: CardTable) -> Encoding:
    repeats = table.get("repeats", list, [])
    shape = table.get("shape", list, [])
    dtype = table.get("dtype", str, "")
    if not all(isinstance(pair, list) and _naturals(pair, 2) and pair[1] for pair in repeats):
        raise CardInvalid(f"{table.card}: `encoding.repeats` is a list of [axis, times]")
    if not _naturals(shape, len(shape)):
        raise CardInvalid(f"{table.card}: `encoding.shape` is a list of sizes, not {shape}")
    try:
        known = not dtype or np.dtype(dtype).kind in "biuf"
    except TypeError:
        known = False
    if not known:
        raise CardInvalid(f"{table.card}: `encoding.dtype` is {dtype!r}, not a type of numbers")
    return Encoding(
        dtype=dtype,
        shape=tuple(shape),
        scale=table.get("scale", float, 1.0),
        zero_point=table.get("zero_point", int, 0),
        repeats=tuple((axis, times) for axis, times in repeats),
    )


def _naturals(values: list[object], count: int) -> bool:
    return len(values) == count and all(type(each) is int and each >= 0 for each in values)


def dataset_cards() -> dict[str, DatasetCard]:
    """Return every dataset card that is found, by name."""
    return {name: load_dataset_card(path) for name, path in card_files("datasets").items()}
