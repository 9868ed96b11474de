"""A recommendation model with larger tables: the memory of the real one, the task of the small.

Row ``r`` of a large table is row ``r modulo the small table's rows``, and the teacher of the click
log counts rows in the same way; so a table can be larger than every cache, and what the model was
trained to still holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from edgebench.datasets.card import DatasetCard, load_dataset_card, write_dataset_card
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.spec import Recipe
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import open_card
from edgebench.errors import UsageError
from edgebench.events import OnEvent, ignore
from edgebench.files.atomic import write_bytes
from edgebench.files.disk import disk_errors
from edgebench.host.caches import last_level_cache_bytes
from edgebench.models.card import (
    ModelCard,
    Variant,
    load_model_card,
    model_cards,
    write_model_card,
)
from edgebench.models.evaluate import evaluate
from edgebench.models.geometry import Geometry
from edgebench.models.recommend.graph import FORMATS, Format, Weights, recommendation_model
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import Model, resolve_model
from edgebench.registry import CARD, card_files
from edgebench.text.brief import Brief

MOST_BYTES = 2**31 - 2**24
"""A flatbuffer holds 2 GB."""
BEYOND = 2
"""Tables beyond a cache are this many times as large: half of it may be theirs by chance."""


@dataclass(frozen=True, repr=False)
class Grown(Brief):
    """A model that was made: its name, its folder, and its files with their bytes and AUC."""

    name: str
    folder: Path
    variants: tuple[tuple[str, int, float], ...]


def geometry_of(model: str) -> Geometry:
    """Return the shape of a recommendation model of the zoo.

    Raises
    ------
    UsageError
        If it is none.
    """
    cards = card_files("models")
    geometry = load_model_card(cards[model]).recommendation if model in cards else None
    if geometry is None:
        able = [name for name, card in model_cards().items() if card.recommendation is not None]
        raise UsageError(
            f"{model} is no recommendation model of the zoo; those are {', '.join(able)}"
        )
    return geometry


def rows_beyond(model: str, cache_bytes: int) -> int:
    """Return how many rows make a model's float32 tables larger than a cache: a power of two."""
    geometry = geometry_of(model)
    row_bytes = 4 * geometry.dim * geometry.tables
    rows = geometry.rows
    while rows * row_bytes < BEYOND * cache_bytes:
        rows *= 2
    return rows


def rows_of(model: str, rows: int | None, beyond_cache: bool, on_event: OnEvent = ignore) -> int:
    """Return how many rows are wanted: the number that was given, or more than fit in the cache.

    Raises
    ------
    UsageError
        If neither or both are asked for, or this machine does not say how large its caches are.
    """
    if (rows is None) != beyond_cache:
        raise UsageError("how large? Give `rows` or `beyond_cache`, not both", field="rows")
    if rows is not None:
        return rows
    cache_bytes = last_level_cache_bytes()
    if cache_bytes is None:
        raise UsageError(
            "this machine does not say how large its caches are: give `rows`",
            field="beyond_cache",
        )
    found = rows_beyond(model, cache_bytes)
    on_event(f"last-level cache {cache_bytes / 2**20:.0f} MiB: {found:,} rows per table")
    return found


def grow(model: str, rows: int, out: Path, formats: Sequence[Format] = FORMATS) -> Grown:
    """Write a model with tables of ``rows`` rows, its card, and its click log's card.

    Parameters
    ----------
    out
        A folder like the package's data: in ``EDGEBENCH_PATH``, the model can be run by name.

    Raises
    ------
    UsageError
        If the model is no recommendation model, or the size not possible.
    """
    geometry = geometry_of(model)
    if rows < geometry.rows:
        raise UsageError(
            f"`rows`: {model} itself has {geometry.rows} rows a table, not {rows}",
            field="rows",
            value=rows,
        )
    larger = dataclasses.replace(geometry, rows=rows)
    if 4 * (larger.table_values + larger.mlp_values) > MOST_BYTES and "float32" in formats:
        most = MOST_BYTES // (4 * geometry.dim * geometry.tables)
        raise UsageError(
            f"`rows`: a .tflite holds 2 GB: at most {most:,} rows in float32",
            field="rows",
            value=rows,
        )
    card = load_model_card(card_files("models")[model])
    weights = _grown(read_weights(resolve_model(f"{model}:float32"), geometry), rows)
    name = f"{model}-r{rows}"
    dataset = _write_dataset(load_dataset_card(card_files("datasets")[card.dataset]), rows, out)
    data = open_card(dataset)
    folder = out / "models" / name
    folder.mkdir(parents=True, exist_ok=True)
    variants: dict[str, Variant] = {
        form: _variant(folder / f"{name}_{form}.tflite", form, larger, weights, data)
        for form in formats
    }
    write_model_card(folder / CARD, _card(card, larger, dataset.name, variants))
    return Grown(name, folder, tuple((v, e.size_bytes, e.accuracy) for v, e in variants.items()))


def _variant(
    path: Path, form: Format, geometry: Geometry, weights: Weights, data: Dataset
) -> Variant:
    """Write a model in one format, score it, and return what its card states."""
    content = recommendation_model(geometry, weights, form).to_bytes()
    with disk_errors(path):
        write_bytes(path, content)
    digest = sha256(content).hexdigest()
    score = evaluate(Model(path.stem, form, path, digest, content, None), data).score
    accuracy = 0.0 if score is None else round(score.value, 4)
    return Variant(path, digest, len(content), accuracy, data.count)


def _grown(weights: Weights, rows: int) -> Weights:
    places = np.arange(rows)
    tables = tuple(table[places % len(table)] for table in weights.tables)
    return dataclasses.replace(weights, tables=tables)


def _write_dataset(card: DatasetCard, rows: int, out: Path) -> DatasetCard:
    """Write and return the card of the click log for tables of another size."""
    if card.clicks is None:
        raise UsageError(f"{card.name} is no click log")
    spec = card.clicks.with_rows(rows)
    folder = out / "datasets" / f"{card.name}-r{rows}"
    recipes: tuple[Recipe, ...] = ("trace", "random")
    larger = dataclasses.replace(
        card,
        summary=f"{card.summary}; {rows:,} rows a table",
        clicks=spec,
        recipes={name: make_log(spec, name).sha256 for name in recipes if name in card.recipes},
    )
    write_dataset_card(folder / CARD, larger)
    return load_dataset_card(folder / CARD)


def _card(
    parent: ModelCard, geometry: Geometry, dataset: str, variants: dict[str, Variant]
) -> ModelCard:
    default = parent.default_variant
    return dataclasses.replace(
        parent,
        summary=f"{parent.summary}; {geometry.rows:,} rows a table",
        architecture=f"{parent.name} with its rows repeated to {geometry.rows:,} a table",
        dataset=dataset,
        default_variant=default if default in variants else next(iter(variants)),
        recommendation=geometry,
        training=None,
        variants=variants,
    )
