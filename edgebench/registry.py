"""Find cards.

Cards (models, datasets, boards) are folders or files of data. They are looked for, and the first
hit wins, in each folder of ``$EDGEBENCH_PATH``, in ``$XDG_DATA_HOME/edgebench`` (usually
``~/.local/share/edgebench``) and in what came with the package.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from edgebench.files.folders import data_folder

Kind = Literal["models", "datasets", "boards"]
CARD = "card.toml"
"""The card in a model's or a dataset's folder."""


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


def changed_file_advice(file: Path) -> str:
    """Return what to do about a file whose SHA-256 is not the one that its card says."""
    if file.is_relative_to(packaged_data()):
        return "reinstall edgebench"
    return "write the new one into the card if the file was changed on purpose"


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
        yield from folder.glob("*.toml" if kind == "boards" else f"*/{CARD}")
