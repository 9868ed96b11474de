"""Read model cards: what a packaged model is, what it was trained on, and how good it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edgebench.card_file import outside, read_card, unknown_value, write_card
from edgebench.datasets.stream import StreamSpec
from edgebench.files.folders import cache_folder
from edgebench.models.geometry import Geometry
from edgebench.registry import card_files
from edgebench.text.brief import Brief
from edgebench.text.toml_lines import Keys

STREAMING = "streaming wake word"
"""The task of a model that is given a stream of audio."""


@dataclass(frozen=True)
class Quality:
    """The metric of a task and the value that counts as good enough.

    ``source`` says who set the target: MLPerf Tiny's rules, or this card.
    """

    metric: str
    target: float
    source: str


@dataclass(frozen=True)
class TrainingGoal:
    """The goal of a training: ``[training]``, written before any training.

    Attributes
    ----------
    benchmark, ruleset
        As mlperf-logging's checker knows it, such as dlrm in 2.1.0; or a name of edgebench's own.
    target
        Of the card's metric, on held-out data.
    most_evaluations
        A run that has not reached the target by then has not converged.
    """

    benchmark: str
    ruleset: str
    target: float
    most_evaluations: int


@dataclass(frozen=True)
class Variant:
    """One .tflite of a model, and its accuracy as its training script measured it.

    ``package`` is set where the file does not come with the card:
    `packages.pull` fetches it.
    """

    file: Path
    sha256: str
    size_bytes: int
    accuracy: float
    accuracy_samples: int
    package: str = ""


@dataclass(frozen=True, repr=False)
class ModelCard(Brief):
    """A model card.

    Attributes
    ----------
    limits
        What its accuracy does not tell.
    dataset
        What it is measured on unless something else is asked for; empty: random inputs.
    variants
        Its files, by name. The card has them by their names, in its own folder.
    recommendation
        The shape of a recommendation model.
    stream
        How a streaming model listens.
    """

    name: str
    summary: str
    task: str
    architecture: str
    licence: str
    limits: str
    quality: Quality
    variants: dict[str, Variant]
    default_variant: str
    path: Path
    dataset: str = ""
    recommendation: Geometry | None = None
    training: TrainingGoal | None = None
    stream: StreamSpec | None = None


TRAINING_SCRIPT = "train.py"


def training_script(card: ModelCard) -> Path | None:
    """Return the script that trains a model again, next to its card; None if there is none."""
    script = card.path.parent / TRAINING_SCRIPT
    return script if script.is_file() else None


def load_model_card(path: Path) -> ModelCard:
    """Read a card.

    Raises
    ------
    CardInvalid
        With every key that is missing, unknown, of the wrong type, or makes no sense.
    """
    card = read_card(path, ModelCard, {"name": path.parent.name, "path": path}, _faults)
    variants = {
        name: replace(variant, file=_folder(path, variant) / variant.file)
        for name, variant in card.variants.items()
    }
    return replace(card, variants=variants)


def _folder(card: Path, variant: Variant) -> Path:
    return cache_folder("pull").path / variant.package if variant.package else card.parent


def _faults(card: ModelCard) -> Iterator[tuple[Keys, str]]:
    if card.default_variant not in card.variants:
        yield (
            ("default_variant",),
            unknown_value("default_variant", card.default_variant, card.variants),
        )
    for name, variant in card.variants.items():
        if outside(card.path, variant.file):
            yield ("variants", name, "file"), f"`variants.{name}.file` is outside its folder"
    if card.training is not None and card.training.most_evaluations < 1:
        yield ("training", "most_evaluations"), "`training.most_evaluations` must be at least 1"
    if card.recommendation is not None:
        for key, what in card.recommendation.faults():
            yield ("recommendation", key), f"`recommendation.{key}` {what}"

    if (card.task == STREAMING) != (card.stream is not None):
        yield ("task",), f"the task {STREAMING!r} and a [stream] go together"
    if card.stream is not None:
        for key, what in card.stream.faults():
            yield ("stream", key), f"`stream.{key}` {what}"


def write_model_card(path: Path, card: ModelCard) -> None:
    """Write the card of a model that was made from another; its files lie in the same folder.

    Raises
    ------
    DiskFull, EdgebenchError
        If it can't be written.
    """
    variants = {
        name: replace(variant, file=Path(variant.file.name), package="")
        for name, variant in card.variants.items()
    }
    write_card(path, replace(card, variants=variants), without=("name", "path"))


def model_cards() -> dict[str, ModelCard]:
    """Return every model card that is found, by name."""
    return {name: load_model_card(path) for name, path in card_files("models").items()}
