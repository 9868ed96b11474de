"""Read dataset cards: where samples come from, how they are stored, what they can't tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edgebench.card_file import CardFile, from_file, outside, read_toml, unknown_value, write_card
from edgebench.datasets.clicks.spec import ClickSpec, Recipe
from edgebench.datasets.scoring import SCORERS
from edgebench.errors import DatasetMismatch
from edgebench.registry import card_files
from edgebench.text.brief import Brief
from edgebench.text.toml_lines import Keys

LoaderName = Literal["npz", "csv", "folder", "mlperf-tiny", "clicks"]
"""How a dataset's files are read; ``clicks`` are made when they are needed."""
CLICKS = "clicks"


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
    repeats: tuple[tuple[int, ...], ...] = ()

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

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield what can't be: a field's name, and what is wrong with it."""
        if not all(len(pair) == 2 and pair[0] >= 0 and pair[1] > 0 for pair in self.repeats):
            yield "repeats", "must be a list of [axis, times]"
        if min(self.shape, default=0) < 0:
            yield "shape", f"must be a list of sizes, not {list(self.shape)}"
        try:
            is_number = not self.dtype or np.dtype(self.dtype).kind in "biuf"
        except TypeError:  # numpy's, of what is no type
            is_number = False
        if not is_number:
            yield "dtype", f"is {self.dtype!r}, not a type of numbers"


@dataclass(frozen=True)
class Part:
    """A file of a dataset (its evaluation or calibration set) and its hash."""

    file: Path
    sha256: str


@dataclass(frozen=True, repr=False)
class DatasetCard(Brief):
    """A dataset card. ``parts`` is empty where the data are the user's to bring.

    ``clicks`` is set where the samples are made when they are needed, by one of ``recipes``, each
    with the hash of what it makes.
    """

    name: str
    summary: str
    source: str
    licence: str
    limits: str
    loader: LoaderName
    metric: str
    path: Path
    classes: tuple[str, ...] = ()
    encoding: Encoding = Encoding()
    parts: dict[str, Part] = field(default_factory=dict)
    clicks: ClickSpec | None = None
    recipes: dict[Recipe, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EncodedCard:
    """The card of a dataset that is another's samples, encoded in another way."""

    base: str
    path: Path
    encoding: Encoding = Encoding()


def load_dataset_card(path: Path) -> DatasetCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        With every key that is missing, unknown, of the wrong type, or makes no sense.
    """
    file = read_toml(path)
    if "base" in file.values:
        return _at_another_encoding(file)
    card = from_file(file, DatasetCard, {"name": path.parent.name, "path": path}, _faults)
    parts = {name: replace(part, file=path.parent / part.file) for name, part in card.parts.items()}
    return replace(card, parts=parts)


def _at_another_encoding(file: CardFile) -> DatasetCard:
    bases = {name: path for name, path in card_files("datasets").items() if path != file.path}

    def faults(card: EncodedCard) -> Iterator[tuple[Keys, str]]:
        if card.base not in bases:
            yield ("base",), f"`base` is {card.base!r}, which is no dataset here"
        yield from _encoding_faults(card.encoding)

    card = from_file(file, EncodedCard, {"path": file.path}, faults)
    return replace(
        load_dataset_card(bases[card.base]),
        name=file.path.parent.name,
        encoding=card.encoding,
        path=file.path,
    )


def _faults(card: DatasetCard) -> Iterator[tuple[Keys, str]]:
    yield from _encoding_faults(card.encoding)
    if card.metric not in SCORERS:
        yield ("metric",), unknown_value("metric", card.metric, SCORERS)
    for name, part in card.parts.items():
        if outside(card.path, part.file):
            yield ("parts", name, "file"), f"`parts.{name}.file` is outside its folder"
    if (card.loader == CLICKS) != (card.clicks is not None):
        yield ("loader",), f"the loader {CLICKS!r} and a [{CLICKS}] go together"
    if card.clicks is not None:
        for keys, what in card.clicks.faults():
            yield (CLICKS, *keys), f"`{'.'.join(map(str, (CLICKS, *keys)))}` {what}"


def _encoding_faults(encoding: Encoding) -> Iterator[tuple[Keys, str]]:
    for key, what in encoding.faults():
        yield ("encoding", key), f"`encoding.{key}` {what}"


def write_dataset_card(path: Path, card: DatasetCard | EncodedCard) -> None:
    """Write the card of a dataset that was made from another; its files lie in the same folder.

    Raises
    ------
    DiskFull, EdgebenchError
        If it can't be written.
    """
    if isinstance(card, DatasetCard):
        parts = {
            name: replace(part, file=Path(part.file.name)) for name, part in card.parts.items()
        }
        card = replace(card, parts=parts)
    write_card(path, card, without=("name", "path"))


def dataset_cards() -> dict[str, DatasetCard]:
    """Return every dataset card that is found, by name."""
    return {name: load_dataset_card(path) for name, path in card_files("datasets").items()}
