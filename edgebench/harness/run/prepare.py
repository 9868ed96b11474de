"""Find and check what a request asks for before anything is opened."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.datasets.dataset import Dataset
from edgebench.datasets.load import load_dataset
from edgebench.datasets.queries import in_queries, parse_query_size
from edgebench.datasets.scoring import check_scorable
from edgebench.errors import DatasetMismatch, UsageError
from edgebench.harness.request import RunRequest
from edgebench.harness.request_defaults import DEFAULT_MODEL
from edgebench.models.fit import fit
from edgebench.models.packages.pulled import pulled_data
from edgebench.models.prefix import until_op
from edgebench.models.resolve import Model, resolve_model
from edgebench.models.stream import streamed
from edgebench.models.tflite.flatbuffer.schema import forget_schema
from edgebench.sut.open import SutFactory, runtime_for

if TYPE_CHECKING:
    from edgebench.harness.devices.rig import DeviceRig
    from edgebench.harness.metered.metered_run import MeteredRun


@dataclass(frozen=True)
class Prepared:
    """A request whose model and data have been found and checked."""

    request: RunRequest
    model: Model
    dataset: Dataset
    factory: SutFactory
    runtime: str
    rig: DeviceRig | None = None
    metered: MeteredRun | None = None


def prepare(
    request: RunRequest, factory: SutFactory | None = None, rig: DeviceRig | None = None
) -> Prepared:
    """Find and check what a request names.

    Parameters
    ----------
    rig
        The open device, if the request names one.

    Raises
    ------
    UsageError
        If the model, the data or the runtime is not there, or they don't fit each other.
    """
    if rig is not None:
        model = rig.model
    else:
        whole = resolve_model(request.model or DEFAULT_MODEL, request.signature)
        model = until_op(whole, request.until)
    model, dataset = fit(model, _named_dataset(request, model, rig), request.shape)
    if model.until:
        dataset = dataclasses.replace(dataset, metric=None)
    if dataset.metric is None:
        request = _without_accuracy(request, model, dataset)
    if "accuracy" in request.modes or "compliance" in request.modes:
        check_scorable(dataset, model.facts.outputs[0].sample_elements)
    if request.query_size is not None:
        dataset = in_queries(dataset, parse_query_size(request.query_size))
    # The model has been read: a measurement needs its facts only.
    forget_schema()
    if rig is not None:
        return Prepared(request, model, dataset, rig.open_sut, rig.device.identity.name, rig)
    driver = runtime_for(model, request.settings)
    return Prepared(request, model, dataset, factory or driver.open, driver.name)


def _named_dataset(request: RunRequest, model: Model, rig: DeviceRig | None) -> Dataset | None:
    """Return the user's data, the device's or the model's own; None if there are none."""
    if request.stream is not None:
        return streamed(Path(request.stream), model)
    name = request.dataset
    if name is None and rig is not None:
        name = rig.dataset
    if name is None and model.card is not None:
        name = model.card.dataset or None
    if name is None and request.model is not None:
        name = pulled_data(request.model)
    return None if name is None else load_dataset(name)


def _without_accuracy(request: RunRequest, model: Model, dataset: Dataset) -> RunRequest:
    modes = tuple(mode for mode in request.modes if mode != "accuracy")
    if not modes and model.until:
        raise UsageError(
            "a part of a model has no accuracy: leave `until` out, or `modes=accuracy`",
            field="until",
        )
    if not modes:
        raise DatasetMismatch(
            f"accuracy can't be measured: {dataset.name} has no labels; name data that has "
            "some with `dataset`",
            field="dataset",
        )
    return dataclasses.replace(request, modes=modes)
