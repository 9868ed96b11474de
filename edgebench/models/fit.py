"""Fit a model and the data that it is to run on: which array is which input, and how large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from string import digits

from edgebench.datasets.dataset import SINGLE_INPUT, Dataset, Sample
from edgebench.errors import DatasetMismatch
from edgebench.models.first_inputs import with_example
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model
from edgebench.models.sizing import Shapes, at_shape
from edgebench.models.tflite.inspect import ModelFacts

_MOST_DIGITS = 9
"""Of the number at the end of an input's name; a longer one tells no order."""


def fit(model: Model, dataset: Dataset | None, shape: Shapes) -> tuple[Model, Dataset]:
    """Return a model at the shapes that it is measured at, and its data in its inputs' order.

    Parameters
    ----------
    dataset
        None: random inputs.
    shape
        As `edgebench.models.sizing.at_shape` takes it.

    Raises
    ------
    UsageError, ModelNotSupported
        As `at_shape`.
    DatasetMismatch
        If the first sample does not fit the model, or its arrays are not those of its inputs.
    """
    if dataset is None:
        sized = at_shape(model, shape)
        return sized, random_dataset(sized.facts)
    ordered = in_order(dataset, model.facts)
    sample = ordered.sample(0)
    sized = at_shape(model, shape, sample)
    check_sample(sized.facts, sample)
    # The first run, wherever it is, is on data that the model accepts.
    return with_example(sized, sample), ordered


def check_sample(facts: ModelFacts, sample: Sample) -> None:
    """Check that a sample can be a model's input.

    Raises
    ------
    DatasetMismatch
        If it has another number of arrays, or one is of another shape or range.
    """
    if len(sample) != len(facts.inputs):
        raise DatasetMismatch(
            f"the model has {len(facts.inputs)} inputs ({', '.join(facts.input_names)}), a sample "
            f"of the dataset has {len(sample)}"
        )
    for tensor, values in zip(facts.inputs, sample, strict=True):
        tensor.encode(values)


def in_order(dataset: Dataset, facts: ModelFacts) -> Dataset:
    """Return a dataset whose samples have their arrays in the order of a model's inputs.

    Arrays with names go to the inputs of those names. Numbered ones go to inputs with numbered
    names by the numbers; else they are in the order of the signature, where their shapes tell
    them apart, or of a graph without a signature.

    Raises
    ------
    DatasetMismatch
        If a name is not an input's, or numbers don't say which array is which.
    """
    if dataset.is_random and set(dataset.names) != set(facts.input_names):
        return dataset
    if dataset.names:
        return _arranged(dataset, _places_of_names(dataset, facts))
    if len(facts.inputs) == 1 or not facts.signature:
        return dataset
    order = _order_of_numbers(facts.input_names)
    if order is not None:
        return _arranged(dataset, order)
    if dataset.is_numbered:
        _refuse_ambiguous(dataset, facts)
    return dataset


def _arranged(dataset: Dataset, places: Sequence[int]) -> Dataset:
    """Return a dataset with those arrays of each sample."""
    given = dataset.sample

    def sample(index: int) -> Sample:
        arrays = given(index)
        return tuple(arrays[place] for place in places) if max(places) < len(arrays) else arrays

    return replace(dataset, sample=sample, names=())


def _places_of_names(dataset: Dataset, facts: ModelFacts) -> list[int]:
    own = [tensor.name for tensor in facts.inputs]
    for names in (facts.input_names, own):
        if set(names) <= set(dataset.names):
            return [dataset.names.index(name) for name in names]
    if len(facts.inputs) == 1 and dataset.names[0] in SINGLE_INPUT:
        return [0]
    raise DatasetMismatch(
        f"{dataset.name} has the arrays {', '.join(dataset.names)}, the model has the inputs "
        f"{', '.join(facts.input_names)}. Name the arrays as the inputs and the labels `labels`; "
        "a single input may be called `inputs`"
    )


def _order_of_numbers(names: Sequence[str]) -> list[int] | None:
    """Return which numbered array each input takes, or None where the names have no numbers."""
    stems = [name.rstrip(digits) for name in names]
    ends = [name[len(stem) :] for name, stem in zip(names, stems, strict=True)]
    if len({stem.removesuffix("_") for stem in stems}) > 1 or max(map(len, ends)) > _MOST_DIGITS:
        return None
    numbers = [int(end) if end else -1 for end in ends]
    if len(set(numbers)) < len(numbers):
        return None
    ranked = sorted(numbers)
    return [ranked.index(number) for number in numbers]


def _refuse_ambiguous(dataset: Dataset, facts: ModelFacts) -> None:
    named = list(zip(facts.input_names, facts.inputs, strict=True))
    for (first, one), (second, other) in combinations(named, 2):
        if one.shape_signature == other.shape_signature and one.dtype.kind == other.dtype.kind:
            raise DatasetMismatch(
                f"{dataset.name}: the arrays inputs_0, inputs_1, ... don't say which is which, for "
                f"the model's inputs {first} and {second} are of one shape. Name the arrays in the "
                f".npz as the model does: {', '.join(facts.input_names)}"
            )
