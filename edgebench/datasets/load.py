"""From what a user calls a dataset to samples that can be run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from edgebench.datasets.card import DatasetCard, Encoding, Part, dataset_cards, load_dataset_card
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.loaders import csv_file, folder, mlperf_tiny, npz
from edgebench.errors import CardInvalid, DatasetInvalid, DatasetNotFound
from edgebench.registry import card_files

Loader = Callable[[Path, Encoding], Dataset]

LOADERS: dict[str, Loader] = {
    "npz": npz.load,
    "csv": csv_file.load,
    "folder": folder.load,
    "mlperf-tiny": mlperf_tiny.load,
}


def load_dataset(spec: str, part: str = "eval") -> Dataset:
    """Find and open a dataset.

    Parameters
    ----------
    spec
        A card's name (``kws``); a path: an .npz, a .csv, a folder with a y_labels.csv (MLPerf
        Tiny's layout) or with one folder of .npy files a class; or ``CARD@PATH``, the data at
        a path read as a card says.
    part
        Of a card's parts, the one to open: ``eval`` or ``calibration``.

    Raises
    ------
    DatasetNotFound
        If it is neither a card nor a path.
    DatasetInvalid
        If its files are damaged, empty, or not the ones that the card tells of.
    """
    cards = card_files("datasets")
    name, at, location = spec.partition("@")
    if name in cards:
        card = _known_loader(load_dataset_card(cards[name]))
        return _from_path(card, Path(location)) if at else _from_card(card, part)
    path = Path(spec)
    if not path.exists():
        raise DatasetNotFound(
            f"no dataset card and no file or folder is called {spec!r}; cards: "
            f"{', '.join(cards)} (`edgebench list datasets`)"
        )
    tiny = _tiny_card(path)
    return _from_path(tiny, path) if tiny else _without_card(path)


def _known_loader(card: DatasetCard) -> DatasetCard:
    if card.loader not in LOADERS:
        raise CardInvalid(
            f"{card.path}: `loader` is {card.loader!r}; there are {', '.join(LOADERS)}"
        )
    return card


def _from_card(card: DatasetCard, part_name: str) -> Dataset:
    part = card.parts.get(part_name)
    if part is None:
        what = f"no part {part_name!r}" if card.parts else "no samples of its own"
        raise DatasetNotFound(
            f"{card.name} has {what}; fetch the data ({card.source}) and name the folder: "
            f"--dataset {card.name}@FOLDER"
        )
    _check_hash(part)
    return _described(LOADERS[card.loader](part.path, card.encoding), card, part.sha256)


def _from_path(card: DatasetCard, path: Path) -> Dataset:
    if not path.exists():
        raise DatasetNotFound(f"{path}: there is no such file or folder")
    return _described(LOADERS[card.loader](path, card.encoding), card, "")


def _without_card(path: Path) -> Dataset:
    if path.is_dir():
        return folder.load(path, Encoding())
    loader = LOADERS.get(path.suffix.removeprefix("."))
    if loader is None:
        raise DatasetInvalid(
            f"{path}: a dataset is an .npz, a .csv or a folder, not a {path.suffix or 'bare'} file"
        )
    return loader(path, Encoding())


def _tiny_card(path: Path) -> DatasetCard | None:
    """Return the card of MLPerf Tiny's data in a folder, told by the size of its samples."""
    if not (path / mlperf_tiny.LABELS_FILE).is_file():
        return None
    sample_bytes = mlperf_tiny.sample_bytes(path)
    known = {
        mlperf_tiny.encoded_bytes(card.encoding): card
        for card in dataset_cards().values()
        if card.loader == "mlperf-tiny"
    }
    if sample_bytes not in known:
        sizes = ", ".join(f"{card.name} {size}" for size, card in sorted(known.items()))
        raise DatasetInvalid(
            f"{path}: its samples have {sample_bytes} bytes, which is none of MLPerf Tiny's "
            f"tasks ({sizes}); say how to read them with a card of your own: --dataset CARD@{path}"
        )
    return known[sample_bytes]


def _described(dataset: Dataset, card: DatasetCard, sha256: str) -> Dataset:
    return Dataset(
        name=card.name,
        count=dataset.count,
        sample=dataset.sample,
        labels=dataset.labels,
        groups=dataset.groups,
        classes=card.classes or dataset.classes,
        metric=card.metric,
        limits=card.limits,
        sha256=sha256 or dataset.sha256,
        source=dataset.source,
    )


def _check_hash(part: Part) -> None:
    try:
        actual = hashlib.sha256(part.path.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetInvalid(f"{part.path}: can't be read: {error.strerror}") from error
    if actual != part.sha256:
        raise DatasetInvalid(
            f"{part.path}: its SHA-256 is {actual}, the card says {part.sha256}; "
            "reinstall edgebench, or give the file's path to use it without the card"
        )
