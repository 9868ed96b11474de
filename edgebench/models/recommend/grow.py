"""A recommendation model with larger tables: the memory of the real one, the task of the small.

Row ``r`` of a large table is row ``r modulo the small table's rows``, and the teacher of the click
log counts rows in the same way; so a table can be larger than every cache, and what the model was
trained to still holds. A log of more samples touches more of it (`footprint`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edgebench.datasets.card import DatasetCard, load_dataset_card, write_dataset_card
from edgebench.datasets.clicks.make import make_log
from edgebench.datasets.clicks.spec import ClickSpec, Recipe
from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import open_card
from edgebench.errors import CardInvalid, UsageError
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
from edgebench.models.recommend.footprint import (
    LINE_BYTES,
    row_bytes_of,
    size_beyond,
    touched_lines,
)
from edgebench.models.recommend.graph import FORMATS, Format, Weights, recommendation_model
from edgebench.models.recommend.read import read_weights
from edgebench.models.resolve import Model, resolve_model
from edgebench.registry import CARD, card_files
from edgebench.text.brief import Brief

MOST_BYTES = 2**31 - 2**24
"""A flatbuffer holds 2 GB."""


@dataclass(frozen=True, repr=False)
class GrownVariant(Brief):
    """A file that was made, its AUC, and the distinct cache lines that all samples touch."""

    variant: Format
    size_bytes: int
    auc: float
    touched_lines: int

    @property
    def touched_bytes(self) -> int:
        """The bytes of those cache lines."""
        return self.touched_lines * LINE_BYTES


@dataclass(frozen=True, repr=False)
class Grown(Brief):
    """A model that was made: its name, its folder, its samples, and its files."""

    name: str
    folder: Path
    samples: int
    variants: tuple[GrownVariant, ...]


@dataclass(frozen=True)
class Larger:
    """The larger model: rows per table, samples (None: as many as there are), and variants."""

    rows: int
    samples: int | None = None
    formats: tuple[Format, ...] = FORMATS


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


def wanted_size(
    model: str, rows: int | None, beyond_cache: bool, on_event: OnEvent = ignore
) -> tuple[str, Larger]:
    """Return a model's name, and the size that was given or whose lookups leave the cache.

    Parameters
    ----------
    model
        ``NAME`` or ``NAME:VARIANT``. Beyond the cache each variant has a size of its own; the
        default one if none is named.

    Raises
    ------
    UsageError
        If neither or both are asked for, or this machine does not say how large its caches are.
    """
    if (rows is None) != beyond_cache:
        raise UsageError("how large? Give `rows` or `beyond_cache`, not both", field="rows")
    name, _, variant = model.partition(":")
    geometry = geometry_of(name)
    card = load_model_card(card_files("models")[name])
    formats = [form for form in FORMATS if form == (variant or form)]
    if not formats:
        raise UsageError.unknown("variant", variant, FORMATS)
    if rows is not None:
        return name, Larger(rows, formats=tuple(formats))
    cache_bytes = last_level_cache_bytes()
    if cache_bytes is None:
        raise UsageError(
            "this machine does not say how large its caches are: give `rows`",
            field="beyond_cache",
        )
    form = next(each for each in FORMATS if each == (variant or card.default_variant))
    clicks = _clicks(load_dataset_card(card_files("datasets")[card.dataset]))
    found = size_beyond(geometry, clicks, form, cache_bytes, _most_rows(geometry, form))
    on_event(
        f"last-level cache {cache_bytes / 2**20:.0f} MiB: {found.rows:,} rows per table and "
        f"{found.samples:,} samples, which touch {found.lines:,} cache lines of {form} tables"
    )
    return name, Larger(found.rows, found.samples, (form,))


def _most_rows(geometry: Geometry, form: Format) -> int:
    """Return how many rows per table a file has space for."""
    left = MOST_BYTES - 4 * geometry.mlp_values
    return left // (row_bytes_of(geometry, form) * geometry.tables)


def grow(model: str, size: Larger, out: Path) -> Grown:
    """Write a model with larger tables, its card, and its click log's card.

    Parameters
    ----------
    out
        A folder like the package's data: in ``EDGEBENCH_PATH``, the model can be run by name.
        Variants that were made there before stay on the card.

    Raises
    ------
    UsageError
        If the model is no recommendation model, or the size not possible.
    """
    geometry, rows = geometry_of(model), size.rows
    if rows < geometry.rows:
        raise UsageError(
            f"`rows`: {model} itself has {geometry.rows} rows a table, not {rows}",
            field="rows",
            value=rows,
        )
    for form in size.formats:
        if rows > (most := _most_rows(geometry, form)):
            raise UsageError(
                f"`rows`: a .tflite holds 2 GB: at most {most:,} rows in {form}",
                field="rows",
                value=rows,
            )
    larger = dataclasses.replace(geometry, rows=rows)
    card = load_model_card(card_files("models")[model])
    weights = read_weights(resolve_model(f"{model}:float32"), geometry)
    clicks = load_dataset_card(card_files("datasets")[card.dataset])
    suffix = f"-r{rows}" + ("" if size.samples is None else f"-n{size.samples}")
    name = f"{model}{suffix}"
    dataset = _write_dataset(clicks, size, suffix, out)
    data, log = open_card(dataset), make_log(_clicks(dataset), "trace")
    folder = out / "models" / name
    folder.mkdir(parents=True, exist_ok=True)
    variants: dict[str, Variant] = {
        form: _variant(folder / f"{name}_{form}.tflite", form, larger, weights, data)
        for form in size.formats
    }
    known = {**_made_before(folder / CARD, larger, dataset.name), **variants}
    ordered: dict[str, Variant] = {form: known[form] for form in FORMATS if form in known}
    write_model_card(folder / CARD, _card(card, larger, dataset.name, ordered))
    made = tuple(
        GrownVariant(
            form,
            variants[form].size_bytes,
            variants[form].accuracy,
            touched_lines(log.rows, larger, form),
        )
        for form in size.formats
    )
    return Grown(name, folder, data.count, made)


def _made_before(path: Path, geometry: Geometry, dataset: str) -> dict[str, Variant]:
    """Return the variants of an earlier card of the same model whose files are still there."""
    if not path.is_file():
        return {}
    try:
        card = load_model_card(path)
    except CardInvalid:  # To make the model again is how a damaged card is repaired.
        return {}
    if (card.recommendation, card.dataset) != (geometry, dataset):
        return {}
    return {name: each for name, each in card.variants.items() if each.file.is_file()}


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


def _clicks(card: DatasetCard) -> ClickSpec:
    if card.clicks is None:
        raise UsageError(f"{card.name} is no click log")
    return card.clicks


def _write_dataset(card: DatasetCard, size: Larger, suffix: str, out: Path) -> DatasetCard:
    """Write and return the card of the click log for tables of another size."""
    spec = _clicks(card).with_rows(size.rows)
    if size.samples is not None:
        spec = dataclasses.replace(spec, samples=size.samples)
    folder = out / "datasets" / f"{card.name}{suffix}"
    recipes: tuple[Recipe, ...] = ("trace", "random")
    larger = dataclasses.replace(
        card,
        summary=f"{card.summary}; {size.rows:,} rows a table",
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
