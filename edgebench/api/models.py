"""Models and data: looking at them, and making others of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgebench.datasets.card import DatasetCard, dataset_cards
from edgebench.datasets.load import load_dataset
from edgebench.models.card import ModelCard, model_cards
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model, resolve_model
from edgebench.registry import plugins
from edgebench.runtimes import RUNTIMES
from edgebench.sut.open import GROUP as SUT_GROUP

if TYPE_CHECKING:
    from edgebench.models.compare import Comparison
    from edgebench.models.pull import Package, Pulled
    from edgebench.models.quantize.versions import Versions


def show(model: str) -> Model:
    """Find a model and read it without running it: ``show("kws-ds-cnn").facts.macs``.

    Raises
    ------
    ModelNotFound, ModelInvalid
        If there is none of that name, or its file is damaged.
    """
    return resolve_model(model)


def quantize(model: str | Path, recipes: Sequence[str] = ("int8",), **options: Any) -> Versions:
    """Make quantized versions of a float model and score them on every runtime that is here.

    The options are those of `edgebench.models.quantize.versions.make_versions`: ``calibrate``,
    ``check``, ``samples``, ``clipping``, ``out``, ``target``. Needs the ``[quantize]`` extra.

    Raises
    ------
    ModelNotSupported
        If the model is quantized already, or can't be.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.models.quantize.versions import make_versions

    return make_versions(str(model), recipes, **options)


def compare_models(first: str | Path, second: str | Path, dataset: str | None = None) -> Comparison:
    """Compare a model's outputs with another's on the same inputs, layer by layer.

    Raises
    ------
    DatasetMismatch
        If the data don't fit a model, or the models' outputs have different sizes.
    """
    from edgebench.models.compare import compare_models as compared

    one, other = resolve_model(str(first)), resolve_model(str(second))
    data = load_dataset(dataset) if dataset else random_dataset(one.facts)
    return compared(one, other, data)


def pull(name: str, *, mirror: str | None = None, **options: Any) -> Pulled:
    """Fetch a package of reference models and data into the cache, checked by SHA-256.

    Raises
    ------
    UsageError
        If there is no such package.
    DownloadFailed
        If a file can't be had, or is not what it must be.
    """
    from edgebench.models.pull import pull as pulled

    return pulled(name, mirror, **options)


def list_pullable() -> dict[str, Package]:
    """Return what `pull` can fetch, by name."""
    from edgebench.models.pull import catalog

    return catalog()


def list_models() -> dict[str, ModelCard]:
    """Return the cards of all models, by name."""
    return model_cards()


def list_datasets() -> dict[str, DatasetCard]:
    """Return the cards of all datasets, by name."""
    return dataset_cards()


def list_runtimes() -> dict[str, tuple[str | None, str]]:
    """Return every runtime's installed version (or None) and how to install it, by name."""
    known = {name: (each.version, each.install) for name, each in RUNTIMES.items()}
    others = {name: ("a plug-in", "") for name in plugins(SUT_GROUP) if name not in known}
    return known | others
