"""Model cards: what a packaged model is, what it was trained on, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgebench.errors import CardInvalid
from edgebench.registry import CardTable, card_files


@dataclass(frozen=True)
class Quality:
    """The metric of a task and the value that counts as good enough.

    ``source`` says who set the target: MLPerf Tiny's rules, or this card.
    """

    metric: str
    target: float
    source: str


@dataclass(frozen=True)
class Variant:
    """One .tflite of a model, and its accuracy as its training script measured it."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    accuracy: float
    accuracy_samples: int


@dataclass(frozen=True)
class ModelCard:
    """A model card; ``limits`` says what its accuracy does not tell."""

    name: str
    summary: str
    task: str
    architecture: str
    licence: str
    dataset: str
    limits: str
    quality: Quality
    variants: dict[str, Variant]
    default_variant: str
    path: Path


def load_model_card(path: Path) -> ModelCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        If a key is missing or of the wrong type.
    """
    card = CardTable.read(path)
    quality = card.table("quality")
    variants = {name: _variant(name, table) for name, table in card.tables("variants").items()}
    default = card.get("default_variant", str)
    if default not in variants:
        raise CardInvalid(f"{path}: `default_variant` is {default!r}, which is no variant")
    return ModelCard(
        name=path.parent.name,
        summary=card.get("summary", str),
        task=card.get("task", str),
        architecture=card.get("architecture", str),
        licence=card.get("licence", str),
        dataset=card.get("dataset", str),
        limits=card.get("limits", str),
        quality=Quality(
            quality.get("metric", str), quality.get("target", float), quality.get("source", str)
        ),
        variants=variants,
        default_variant=default,
        path=path,
    )


def _variant(name: str, table: CardTable) -> Variant:
    return Variant(
        name=name,
        path=table.path("file"),
        sha256=table.get("sha256", str),
        size_bytes=table.get("size_bytes", int),
        accuracy=table.get("accuracy", float),
        accuracy_samples=table.get("accuracy_samples", int),
    )


def model_cards() -> dict[str, ModelCard]:
    """Return every model card that is found, by name."""
    return {name: load_model_card(path) for name, path in card_files("models").items()}
