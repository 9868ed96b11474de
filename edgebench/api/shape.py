"""The ways in which a shape can be written in a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgebench.errors import UsageError
from edgebench.models.tflite.shapes import Shape, parse_shapes


def shapes_by_name(
    shape: str | Mapping[str, str | Sequence[int]] | Sequence[int] | None,
) -> dict[str, Shape]:
    """Return shapes by the names of their inputs; an empty name is the only input's.

    Raises
    ------
    UsageError
        If a text is no shape.

    Examples
    --------
    >>> shapes_by_name((1, 64, 64, 3)) == shapes_by_name("1x64x64x3") == {"": (1, 64, 64, 3)}
    True
    >>> shapes_by_name({"image": "1x64x64x3"})
    {'image': (1, 64, 64, 3)}
    """
    if shape is None:
        return {}
    if isinstance(shape, str):
        return parse_shapes([shape])
    if isinstance(shape, Mapping):
        return {name: _sizes(name, each) for name, each in shape.items()}
    return {"": tuple(shape)}


def _sizes(name: str, shape: str | Sequence[int]) -> Shape:
    """Return one input's shape, whose name is known: a text must not give another."""
    if not isinstance(shape, str):
        return tuple(shape)
    found = parse_shapes([shape])
    if set(found) != {""}:
        raise UsageError(
            f"`shape`: {shape!r}, of {name or 'the input'}, is not such as 1x64x64x3",
            field="shape",
            value=shape,
        )
    return found[""]
