"""Smaller siblings of a model of the zoo, trained by the model's own script."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.datasets.card import EncodedCard, load_dataset_card, write_dataset_card
from edgebench.errors import ModelNotSupported, RuntimeMissing, UsageError
from edgebench.events import OnEvent, ignore
from edgebench.models.card import (
    TRAINING_SCRIPT,
    ModelCard,
    load_model_card,
    training_script,
    write_model_card,
)
from edgebench.models.interpret import Interpreted
from edgebench.models.resolve import Model, resolve_model
from edgebench.processes.interruptions import interruptible, nothing_kept
from edgebench.registry import CARD, card_files
from edgebench.text.brief import Brief
from edgebench.text.call_text import call_text
from edgebench.training.reduction import Reduction
from edgebench.training.task import Task
from edgebench.training.training_sets import training_set

if TYPE_CHECKING:
    from edgebench.training.script import TrainedVariant

SWEEP = (
    Reduction(),
    Reduction(width=0.75),
    Reduction(width=0.5),
    Reduction(width=0.5, qat=True),
    Reduction(width=0.25),
    Reduction(prune=0.25),
    Reduction(prune=0.5),
)
AGAIN = "-again"
"""What a model gets that is trained again as it is: the zoo's own keeps its name."""


@dataclass(frozen=True, repr=False)
class Sibling(Brief):
    """A version of a model, and what is compared of it."""

    name: str
    variant: str
    path: Path
    size_bytes: int
    macs: int
    accuracy: float
    latency_ns: int


def load_task(model: str) -> tuple[Any, ModelCard]:
    """Return how a model of the zoo is trained, from the script in its folder.

    A `Task`, or a `edgebench.training.recommend.ClickTask` of a recommendation model.

    Raises
    ------
    UsageError
        If the model has no card, or its folder no script.
    RuntimeMissing
        If TensorFlow is not installed.
    """
    card, script = _script_of(model)
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise RuntimeMissing(
            "training needs TensorFlow: `pip install 'edgebench[train]'`"
        ) from error
    spec = importlib.util.spec_from_file_location(f"edgebench_task_{card.name}", script)
    if spec is None or spec.loader is None:
        raise UsageError(f"{script} can't be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TASK, card


def _script_of(model: str) -> tuple[ModelCard, Path]:
    """Return the card of a model of the zoo, and the script that trains it."""
    name = model.partition(":")[0]
    cards = card_files("models")
    if name not in cards:
        raise UsageError(f"{name} is no model of the zoo: only those can be trained again")
    card = load_model_card(cards[name])
    script = training_script(card)
    if script is None:
        raise UsageError(f"{card.path.parent} has no {TRAINING_SCRIPT}: it can't be trained again")
    return card, script


def sweep_of(task: Task) -> tuple[Reduction, ...]:
    """Return what a sweep trains of a model: with half its resolution, where that can be had."""
    smaller = (Reduction(resolution=task.resolution // 2),) if task.resolution else ()
    return (*SWEEP, *smaller)


def reduce_model(
    model: str,
    reductions: Sequence[Reduction],
    training_data: Path | None,
    out: Path,
    *,
    epochs: int | None = None,
    on_event: OnEvent = ignore,
) -> list[Sibling]:
    """Train smaller siblings of a model and write each with a card of its own.

    Parameters
    ----------
    reductions
        None at all: a sweep's.
    training_data
        What the dataset's make.py wrote; None: made, and kept in the cache.
    out
        A folder like the package's data: siblings go to ``out/models/NAME``. With it in
        ``EDGEBENCH_PATH`` they can be run by name.
    epochs
        Of the model's first training, if not the script's own number.

    Raises
    ------
    UsageError
        If a reduction is not possible for the model, or the training set is not there.
    """
    # Before TensorFlow is loaded, which takes seconds.
    _script_of(model)
    _check(reductions, training_data, epochs)
    task, card = load_task(model)
    if not isinstance(task, Task):
        larger = call_text("make_larger", model, rows="ROWS")
        raise UsageError(f"{model} has tables, not widths: {larger} changes its size")
    if epochs is not None:
        task = dataclasses.replace(task, epochs=epochs)
    reductions = reductions or sweep_of(task)
    from edgebench.training.script import train_and_write

    data = training_data or training_set(task.dataset, on_event)
    siblings: list[Sibling] = []

    def kept() -> str:
        names = ", ".join(dict.fromkeys(each.name for each in siblings))
        return f"Finished before, in {out}: {names}" if names else nothing_kept()

    for reduction in reductions:
        name = task.name + (reduction.suffix or AGAIN)
        on_event(f"training {name}")
        folder = out / "models" / name
        try:
            with interruptible(kept):
                written = train_and_write(task, reduction, data, folder)
        except ValueError as error:
            raise ModelNotSupported(f"{name}: {error}") from error
        dataset = _dataset_card(task, reduction, out)
        write_model_card(folder / CARD, _card(card, reduction, dataset, written))
        for variant in written:
            path = folder / variant.file
            siblings.append(
                Sibling(
                    name,
                    variant.variant,
                    path,
                    variant.size_bytes,
                    variant.macs,
                    variant.accuracy,
                    Interpreted(resolve_model(str(path)), resolver="default").invoke_p50_ns(),
                )
            )
    return siblings


def reference_siblings(model: str) -> list[Sibling]:
    """Return the zoo's own variants of a model, to be compared with."""
    card = load_model_card(card_files("models")[model.partition(":")[0]])
    found = []
    for name, variant in card.variants.items():
        resolved: Model = resolve_model(f"{card.name}:{name}")
        latency = Interpreted(resolved, resolver="default").invoke_p50_ns()
        found.append(
            Sibling(
                card.name,
                name,
                variant.file,
                variant.size_bytes,
                resolved.facts.macs,
                variant.accuracy,
                latency,
            )
        )
    return found


def _check(reductions: Sequence[Reduction], training_data: Path | None, epochs: int | None) -> None:
    if training_data is not None and not training_data.is_file():
        raise UsageError(
            f"{training_data}: there is no training set; leave `training_data` out to have it made",
            field="training_data",
            value=str(training_data),
        )
    if epochs is not None and epochs < 1:
        raise UsageError(f"`epochs` must be at least 1, not {epochs}", field="epochs", value=epochs)
    for reduction in reductions:
        if not 0.05 <= reduction.width <= 4:
            raise UsageError(
                f"`width` is from 0.05 to 4, not {reduction.width:g}",
                field="width",
                value=reduction.width,
            )
        if not 0 <= reduction.prune < 1:
            raise UsageError(
                f"`prune` is a share from 0 to below 1, not {reduction.prune:g}",
                field="prune",
                value=reduction.prune,
            )


def _dataset_card(task: Task, reduction: Reduction, out: Path) -> str:
    """Write the card of the dataset at another resolution, where there is one; return its name."""
    if reduction.resolution in (None, task.resolution):
        return task.dataset
    from edgebench.training.script import encoding_at

    base = load_dataset_card(card_files("datasets")[task.dataset])
    encoding = encoding_at(task, base, reduction.resolution)
    name = f"{task.dataset}-{reduction.resolution}"
    path = out / "datasets" / name / CARD
    write_dataset_card(path, EncodedCard(task.dataset, path, encoding))
    return name


def _card(
    parent: ModelCard, reduction: Reduction, dataset: str, written: Sequence[TrainedVariant]
) -> ModelCard:
    """Return a sibling's card; what the parent's is trained to does not hold for it."""
    return dataclasses.replace(
        parent,
        summary=f"{parent.summary}: {parent.name}, smaller",
        architecture=f"{parent.architecture}; {_words(reduction)}",
        dataset=dataset,
        default_variant="int8",
        variants={each.variant: each.on_card() for each in written},
        training=None,
    )


def _words(reduction: Reduction) -> str:
    parts = [f"{reduction.width:g} times as wide"] if reduction.width != 1 else []
    parts += [f"at a resolution of {reduction.resolution}"] if reduction.resolution else []
    parts += [f"{reduction.prune:.0%} of its channels pruned"] if reduction.prune else []
    parts += ["trained with rounding"] if reduction.qat else []
    return ", ".join(parts) or "as it is"
