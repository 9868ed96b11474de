"""Models and data: looking at them, and making others of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from edgebench.api.arguments import given, public
from edgebench.api.shape import shapes_by_name
from edgebench.datasets.card import DatasetCard, dataset_cards
from edgebench.datasets.load import load_dataset
from edgebench.models.card import ModelCard, model_cards
from edgebench.models.fit import fit
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.sizing import at_shape

if TYPE_CHECKING:
    from edgebench.models.compare import Comparison
    from edgebench.models.packages.catalog import Package
    from edgebench.models.packages.pull import Pulled
    from edgebench.models.quantize.versions import Versions
    from edgebench.runtimes.kinds import RuntimeKind


@public
def show(
    model: str | Path,
    *,
    signature: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
) -> Model:
    """Find a model and read it: ``show("kws-ds-cnn").facts.macs``.

    Nothing is run, but for a model that leaves the shape of an input open: with ``shape`` it is run
    once, and its facts are those of that shape.

    Parameters
    ----------
    model
        The name of a card (``kws-ds-cnn``, ``kws-ds-cnn:float32``) or the path of a .tflite.
    signature, shape
        As `run` takes them.

    Raises
    ------
    ModelNotFound, ModelInvalid
        If there is none of that name, or its file is damaged.
    UsageError
        If it has no such signature, or an input can't have that shape.
    """
    found = resolve_model(str(model), signature)
    shapes = shapes_by_name(shape)
    return at_shape(found, shapes) if shapes else found


@public
def quantize(
    model: str | Path,
    *,
    recipes: Iterable[str] = ("int8",),
    calibrate: str | Path | None = None,
    check: str | Path | None = None,
    signature: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
    samples: int | None = None,
    clipping: Literal["auto", "minmax", "percentile", "mse"] = "auto",
    out: str | Path | None = None,
    target: Literal["mcu"] | None = None,
    on_event: Callable[[str], None] | None = None,
) -> Versions:
    """Make quantized versions of a float model and score them on every runtime that is here.

    Needs the ``[quantize]`` extra.

    Parameters
    ----------
    model
        A card's float variant (``kws-ds-cnn:float32``) or a float .tflite.
    recipes
        int8, int8-float-io, int16x8, dynamic, weight-int8, weight-int4 or float16; all of them if
        empty.
    calibrate
        The dataset for calibration; the calibration part of ``check``'s if left out.
    check
        The dataset that the versions are scored on.
    signature, shape
        As `run` takes them.
    samples
        How many to calibrate with.
    clipping
        How the ranges of activations are found; ``auto`` takes the best on these samples.
    out
        The .tflite to write (one recipe), or the folder (several); nothing is written if left out.
    target
        ``mcu``: only what a microcontroller can run.
    on_event
        Called with a line of text for each step.

    Raises
    ------
    ModelNotSupported
        If the model is quantized already, or can't be.
    RuntimeMissing
        If the extra is not installed.
    """
    from edgebench.models.quantize.versions import make_versions

    return make_versions(
        str(model),
        tuple(recipes),
        calibrate=None if calibrate is None else str(calibrate),
        check=None if check is None else str(check),
        signature=signature,
        shape=shapes_by_name(shape),
        clipping=clipping,
        out=None if out is None else Path(out),
        target=target,
        **given(samples=samples, on_event=on_event),
    )


@public
def compare_models(
    first: str | Path,
    second: str | Path,
    *,
    dataset: str | Path | None = None,
    signature: str | None = None,
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None = None,
) -> Comparison:
    """Compare a model's outputs with another's on the same inputs, layer by layer.

    Files of other formats than .tflite are compared by their outputs only.

    Parameters
    ----------
    dataset
        The inputs; random ones if left out.
    signature, shape
        Of both models, as `run` takes them.

    Raises
    ------
    DatasetMismatch
        If the data don't fit a model, or the models' outputs have different sizes.
    """
    from edgebench.models.compare import compare_models as compared

    shapes = shapes_by_name(shape)
    named = load_dataset(str(dataset)) if dataset is not None else None
    one, data = fit(resolve_model(str(first), signature), named, shapes)
    other, _ = fit(resolve_model(str(second), signature), named or data, shapes)
    return compared(one, other, data)


@public
def pull(
    name: str,
    *,
    mirror: str | Path | None = None,
    cache: str | Path | None = None,
    source: str | Path | None = None,
    on_event: Callable[[str], None] | None = None,
) -> Pulled:
    """Fetch a package of reference models and data into the cache, checked by SHA-256.

    Parameters
    ----------
    name
        One of `list_pullable`.
    mirror
        A folder, or a file:// or http(s):// address, to fetch the files from.
    cache
        The folder to keep them in; edgebench's own if left out.
    source
        An archive or a folder of yours that the benchmark's data are made from, where nobody may
        pass them on: CIFAR-10's archive (``ic``, ``ic2``), vw_coco2014_96 or COCO (``vww``),
        dev_data_ToyCar.zip (``ad``).
    on_event
        Called with a line of text for each file.

    Raises
    ------
    UsageError
        If there is no such package, or its data are not made.
    DownloadFailed
        If a file can't be had, or is not what it must be.
    DatasetNotFound, DatasetInvalid
        If there is no such source, or it is not what the data are made from.
    """
    from edgebench.models.packages.pull import pull as pulled

    return pulled(
        name,
        None if mirror is None else str(mirror),
        None if cache is None else Path(cache),
        source=None if source is None else Path(source),
        **given(on_event=on_event),
    )


@public
def list_pullable() -> dict[str, Package]:
    """Return what `pull` can fetch, by name."""
    from edgebench.models.packages.catalog import catalog

    return catalog()


@public
def list_models() -> dict[str, ModelCard]:
    """Return the cards of all models, by name."""
    return model_cards()


@public
def list_datasets() -> dict[str, DatasetCard]:
    """Return the cards of all datasets, by name."""
    return dataset_cards()


@public
def list_runtimes() -> dict[str, RuntimeKind]:
    """Return every runtime by name, the preferred ones first: what it can do, its version."""
    from edgebench.runtimes.kinds import runtime_kinds

    return runtime_kinds()
