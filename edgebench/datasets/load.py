"""From what a user calls a dataset to samples that can be run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from edgebench.datasets.card import (
    DatasetCard,
    Encoding,
    LoaderName,
    Part,
    dataset_cards,
    load_dataset_card,
)
from edgebench.datasets.clicks.criteo import load_criteo
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.teacher import best_auc, best_log_loss
from edgebench.datasets.dataset import Best, Dataset
from edgebench.datasets.loaders import csv_file, folder, mlperf_tiny, npz
from edgebench.datasets.loaders.untrusted import digest, require_plain
from edgebench.errors import DatasetInvalid, DatasetNotFound
from edgebench.files.presence import exists
from edgebench.registry import card_files, changed_file_advice
from edgebench.text.printable import excerpt

Loader = Callable[[Path, Encoding], Dataset]
# Tuning opens the same data dozens of times.
_log = lru_cache(maxsize=1)(make_log)
LOADERS: dict[LoaderName, Loader] = {
    "npz": npz.load,
    "csv": csv_file.load,
    "folder": folder.load,
    "mlperf-tiny": mlperf_tiny.load,
}

OF_FILES: dict[str, Loader] = {".npz": npz.load, ".csv": csv_file.load}
"""By suffix, for files without a card."""


def load_dataset(spec: str, part: str = "eval") -> Dataset:
    """Find and open a dataset.

    Parameters
    ----------
    spec
        A card's name (``kws``), for a click log with its recipe (``clicks-dlrm:random``); a path:
        an .npz, a .csv, a folder with a y_labels.csv (MLPerf Tiny's layout) or with one folder of
        .npy files a class; or ``CARD@PATH``, the data at a path read as a card says.
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
    name, _, recipe = name.partition(":") if name not in cards else (name, "", "")
    if name in cards:
        card = load_dataset_card(cards[name])
        return _from_path(card, Path(location)) if at else open_card(card, part, recipe)
    path = Path(spec)
    if not exists(path):
        if path.suffix or len(path.parts) > 1:
            raise DatasetNotFound(f"{excerpt(spec)}: there is no such file", field="dataset")
        raise DatasetNotFound.unknown("dataset", spec, cards, otherwise="name a file or a folder")
    tiny = _tiny_card(path)
    return _from_path(tiny, path) if tiny else _without_card(path)


def open_card(card: DatasetCard, part: str = "eval", recipe: str = "") -> Dataset:
    """Open a card's own samples, or make them by one of its recipes: the first, if none is named.

    Raises
    ------
    DatasetNotFound
        If the card has no such part or recipe.
    DatasetInvalid
        As `load_dataset`.
    """
    return _made(card, recipe) if recipe or card.clicks else _from_card(card, part)


def _made(card: DatasetCard, recipe: str) -> Dataset:
    """Make a click log as the card says, and check that it is the log that the card tells of."""
    name = next((each for each in card.recipes if each == (recipe or each)), None)
    if card.clicks is None or name is None:
        known = [f"{card.name}:{each}" for each in card.recipes]
        raise DatasetNotFound.unknown("dataset", f"{card.name}:{recipe}", known)
    made = _log(card.clicks, name)
    if made.sha256 != card.recipes[name]:
        raise DatasetInvalid(
            f"{card.name}:{name}: the log that was made has the SHA-256 {made.sha256}, the card "
            f"says {card.recipes[name]}: another numpy, or a card that was changed"
        )
    dataset = Dataset(
        name=card.name,
        count=len(made.labels),
        sample=lambda index: (made.dense[index], made.rows[index]),
        labels=made.labels,
        source=f"recipe {name!r}: {card.source}",
        best=Best(best_auc(made.probabilities), best_log_loss(made.probabilities)),
        lookups=made.rows,
    )
    described = _described(dataset, card, made.sha256)
    return replace(described, name=f"{card.name}:{name}")


def _from_card(card: DatasetCard, part_name: str) -> Dataset:
    part = card.parts.get(part_name)
    if part is None:
        what = f"no part {part_name!r}" if card.parts else "no samples of its own"
        raise DatasetNotFound(
            f"{card.name} has {what}; fetch the data ({card.source}) and name the folder: "
            f"`dataset={card.name}@FOLDER`",
            field="dataset",
        )
    _check_hash(part)
    return _described(LOADERS[card.loader](part.file, card.encoding), card, part.sha256)


def _from_path(card: DatasetCard, path: Path) -> Dataset:
    if not exists(path):
        raise DatasetNotFound(f"{path}: there is no such file or folder", field="dataset")
    if not path.is_dir():
        require_plain(path)
    if card.clicks is not None:
        read = load_criteo(path, card.clicks)
        # Nothing of what the card says of its made log is true of somebody's own.
        return replace(read, metric=card.metric, limits="")
    return _described(LOADERS[card.loader](path, card.encoding), card, "")


def _without_card(path: Path) -> Dataset:
    if path.is_dir():
        return folder.load(path, Encoding())
    loader = OF_FILES.get(path.suffix)
    if loader is None:
        raise DatasetInvalid(
            f"{path}: a dataset is an .npz, a .csv or a folder, not a {path.suffix or 'bare'} file"
        )
    require_plain(path)
    return loader(path, Encoding())


def _tiny_card(path: Path) -> DatasetCard | None:
    """Return the card of MLPerf Tiny's data in a folder, by the size of its samples."""
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
            f"tasks ({sizes}); say how to read them with a card of your own: `dataset=CARD@{path}`",
            field="dataset",
        )
    return known[sample_bytes]


def _described(dataset: Dataset, card: DatasetCard, sha256: str) -> Dataset:
    return replace(
        dataset,
        name=card.name,
        classes=card.classes or dataset.classes,
        metric=card.metric,
        limits=card.limits,
        sha256=sha256 or dataset.sha256,
    )


def _check_hash(part: Part) -> None:
    require_plain(part.file)
    actual = digest(part.file)
    if actual != part.sha256:
        raise DatasetInvalid(
            f"{part.file}: its SHA-256 is {actual}, the card says {part.sha256}; "
            f"{changed_file_advice(part.file)}, or give the file's path to use it without the card"
        )
