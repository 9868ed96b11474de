"""Give a model with open dimensions the shapes that it is measured at.

Shapes come from the user or from the data; a runtime then says what they make of every other
tensor, so that outputs, MACs and memory are those of the measured shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgebench.datasets.dataset import Sample
from edgebench.errors import ModelNotSupported, UsageError
from edgebench.models.first_inputs import with_example
from edgebench.models.interpret import Interpreted
from edgebench.models.random_inputs import random_dataset
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.resize import at_shapes
from edgebench.models.tflite.shapes import (
    FREE,
    MOST_DIMENSION,
    Shape,
    agrees,
    completed,
    fits,
    shape_text,
)
from edgebench.models.tflite.tensors import Tensor
from edgebench.runtimes.contract import TFLITE, SizingReader
from edgebench.runtimes.drivers import model_readers
from edgebench.text.printable import excerpt

MOST_INPUT_BYTES = 2**31 - 1
"""What a model's file could hold."""
Shapes = Mapping[str, Sequence[int]]
"""A shape per input, by the signature's name (or the tensor's); "" names the only input."""


def at_shape(model: Model, shape: Shapes, sample: Sample | None = None) -> Model:
    """Return a model at the shapes that it is measured at.

    Parameters
    ----------
    shape
        What the user gave, the batch of 1 included. An input that it leaves out takes its open
        dimensions from the sample.
    sample
        The dataset's first, in the order of the model's inputs; None without data.

    Returns
    -------
    The model itself if nothing is open in it.

    Raises
    ------
    UsageError
        If a shape is not one that the model allows, or an open dimension is known from nowhere.
    ModelNotSupported
        If an input has a dimension of 0, or the runtime can't run the model at those shapes.
    """
    if model.sized is not None:
        return model
    facts = model.facts
    _refuse_empty(model)
    given = _by_input(facts, shape)
    chosen: dict[int, Shape] = {}
    missing: dict[str, Shape | None] = {}
    for place, of_data in enumerate(_data_shapes(facts, sample)):
        name, tensor = facts.input_names[place], facts.inputs[place]
        found = given.get(place)
        if found is not None:
            _check(name, tensor, found, of_data)
        elif tensor.open_dimensions and of_data is not None:
            found = completed(tensor.shape_signature, of_data)
        if found is None and name in facts.open_inputs:
            missing[name] = of_data
        chosen[tensor.index] = found or tensor.shape
    if missing:
        raise _unknown(model, missing)
    for name, tensor in zip(facts.input_names, facts.inputs, strict=True):
        _refuse_large(name, replace(tensor, shape=chosen[tensor.index]))
    if (
        all(chosen[tensor.index] == tensor.shape for tensor in facts.inputs)
        and not facts.open_inputs
    ):
        return model
    return _measured_at(model, chosen, sample)


def sized_alike(model: Model, other: Model) -> Model:
    """Return a version of a model at the shapes of the one that it was made of."""
    if other.sized is None:
        return model
    shapes = [tensor.shape for tensor in other.facts.inputs]
    names = model.facts.input_names
    return at_shape(replace(model, sized=None), dict(zip(names, shapes, strict=True)))


def _refuse_empty(model: Model) -> None:
    facts = model.facts
    for name, tensor in zip(facts.input_names, facts.inputs, strict=True):
        if 0 in tensor.shape_signature:
            raise ModelNotSupported(
                f"{model.label}: the input `{name}` has the shape "
                f"{shape_text(tensor.shape_signature)}, which holds no value; convert the model "
                "with sizes above 0"
            )


def _refuse_large(name: str, tensor: Tensor) -> None:
    """Refuse an input that no memory holds, or whose sizes a runtime would cut."""
    if max(tensor.shape, default=0) > MOST_DIMENSION or tensor.size_bytes > MOST_INPUT_BYTES:
        raise UsageError(
            f"`shape`: the input `{name}` would be {excerpt(shape_text(tensor.shape))}, which is "
            f"too large: a size can be up to {MOST_DIMENSION:,}, an input up to "
            f"{MOST_INPUT_BYTES:,} bytes",
            field="shape",
        )


def _by_input(facts: ModelFacts, shape: Shapes) -> dict[int, Shape]:
    """Return the shapes that the user gave by the inputs' places."""
    names = facts.input_names
    found: dict[int, Shape] = {}
    for key, sizes in shape.items():
        if not key and len(names) > 1:
            raise UsageError(
                f"`shape` must name its input, as in `shape={names[0]}="
                f"{shape_text(tuple(sizes))}`; the inputs are {', '.join(names)}",
                field="shape",
            )
        tensors = [tensor.name for tensor in facts.inputs]
        if key in names or not key:
            place = names.index(key) if key else 0
        elif key in tensors:
            place = tensors.index(key)
        else:
            raise UsageError.unknown("shape", key, names)
        if place in found:
            raise UsageError(f"`shape` names the input {names[place]} twice", field="shape")
        found[place] = tuple(int(size) for size in sizes)
    return found


def _data_shapes(facts: ModelFacts, sample: Sample | None) -> list[Shape | None]:
    """Return the shape that the data have for each input; None where they have none for it."""
    if sample is None or len(sample) != len(facts.inputs):
        return [None] * len(facts.inputs)
    return [value.shape for value in sample]


def _check(name: str, tensor: Tensor, found: Shape, sample: Shape | None) -> None:
    signature = tensor.shape_signature
    if not agrees(found, signature):
        raise UsageError(
            f"`shape`: {name} can't be {shape_text(found)}: the model has {shape_text(signature)}, "
            "and only its open dimensions (?) can be set, to 1 or more",
            field="shape",
            value=shape_text(found),
        )
    is_batch = len(found) > 1 and signature[0] == FREE
    if is_batch and found[0] != 1 and (sample is None or not fits(sample, found)):
        raise UsageError(
            f"`shape`: the first dimension of {name} is its batch, 1 here; `batch` sets how many "
            "samples an inference takes",
            field="shape",
            value=shape_text(found),
        )


def _unknown(model: Model, missing: Mapping[str, Shape | None]) -> UsageError:
    """Return the error for inputs, by name, to whose open dimensions nothing gives a size.

    Parameters
    ----------
    missing
        The shapes of the data's samples for them, if there are data.
    """
    tensors = {name: model.facts.open_inputs[name] for name in missing}
    named = ", ".join(
        f"`{name}` ({shape_text(tensor.shape_signature)}, dimension"
        f"{'s' * (len(tensor.open_dimensions) != 1)} "
        f"{' and '.join(str(place) for place in tensor.open_dimensions)})"
        for name, tensor in tensors.items()
    )
    examples = " and ".join(f"`shape={name}={_example(each)}`" for name, each in tensors.items())
    sample = next(iter(missing.values()))
    data = "" if sample is None else f", and samples of {shape_text(sample)} don't tell"
    return UsageError(
        f"{model.label} leaves the size of its input open: {named}{data}. Give it with `shape`, "
        f"such as {examples}, or name data of that shape with `dataset`",
        field="shape",
    )


def _example(tensor: Tensor) -> str:
    return shape_text([16 if size == FREE else size for size in _with_batch_of_1(tensor)])


def _with_batch_of_1(tensor: Tensor) -> Shape:
    signature = tensor.shape_signature
    return (1, *signature[1:]) if len(signature) > 1 and signature[0] == FREE else signature


def _measured_at(model: Model, chosen: Mapping[int, Shape], sample: Sample | None) -> Model:
    """Run the model once at its inputs' shapes, to learn those of all other tensors."""
    inputs = replace(model, sized=at_shapes(model.facts, chosen))
    if model.format != TFLITE:
        reader = model_readers()[model.format]
        if isinstance(reader, SizingReader):
            named = {tensor.name: chosen[tensor.index] for tensor in model.facts.inputs}
            sized = reader.read_model_at(model.content, str(model.path), named)
            for tensor in sized.inputs:
                if tensor.shape != named[tensor.name]:
                    raise ModelNotSupported(
                        f"{model.label}: the input `{tensor.name}` was read as "
                        f"{shape_text(tensor.shape)}, not as {shape_text(named[tensor.name])}",
                        field="shape",
                    )
            return replace(model, sized=sized)
        # Only their own runtime knows more of it, and that when it opens the model.
        return inputs
    first = random_dataset(inputs.facts, 1).sample(0) if sample is None else sample
    interpreted = Interpreted(with_example(inputs, first))
    interpreted.run(first)
    return replace(model, sized=at_shapes(model.facts, interpreted.shapes()))
