"""The inputs of a model's first run: a sample of its data, or plausible random numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from edgebench.datasets.dataset import Sample
from edgebench.errors import DatasetMismatch
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model
from edgebench.runtimes.interpreter import fault_of


def with_example(model: Model, sample: Sample) -> Model:
    """Return a model whose first run, wherever it is opened, is on a sample."""
    return replace(model, example=sample)


def first_fault(error: Exception, model: Model) -> str:
    """Return what a runtime's error says of the first run, with the inputs that it was on."""
    fault = fault_of(error)
    if "failed to invoke" not in fault:
        return fault
    if model.example is not None:
        return f"on the first sample, {fault}"
    return f"on random inputs, {fault}; name data that the model accepts with `dataset`"


def first_inputs(model: Model) -> tuple[NDArray[Any], ...]:
    """Return the inputs of a model's first run, in its own numbers.

    Zeros would be refused by models that divide by an input or look up a row that there is not.

    Raises
    ------
    DatasetMismatch
        If the model's example does not fit it.
    """
    facts = model.facts
    sample = model.example if model.example is not None else random_dataset(facts, 1).sample(0)
    if len(sample) != len(facts.inputs):
        raise DatasetMismatch(
            f"{model.label} has {len(facts.inputs)} inputs, a sample has {len(sample)}"
        )
    return tuple(tensor.encode(values) for tensor, values in zip(facts.inputs, sample, strict=True))
