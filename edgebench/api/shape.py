"""The ways in which a shape can be written in a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgebench.models.tflite.shapes import Shape, parse_shapes


def shapes_by_name(
    shape: str | Mapping[str, Sequence[int]] | Sequence[int] | None,
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
    """
    if shape is None:
        return {}
    if isinstance(shape, str):
        return parse_shapes([shape])
    if isinstance(shape, Mapping):
        return {name: tuple(sizes) for name, sizes in shape.items()}
    return {"": tuple(shape)}
