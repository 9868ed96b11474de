"""Shapes: what fits what, what a model leaves open, and which transposition would help.

A dimension of size 1 changes nothing about the order of the values in memory, so 49x10 fits
49x10x1 and 1x49x10. A flat sample (one dimension), as a .csv has it, claims no layout: its values
are taken in the model's own order. Any other shape must be the model's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from math import prod

from edgebench.errors import UsageError
from edgebench.text.printable import excerpt

FREE = -1
"""A dimension that a model leaves open."""
MOST_DIMENSION = 2**31 - 1
"""Runtimes hold sizes in 32 bits."""
MOST_TRANSPOSED = 6
"""Dimensions of which every order is tried: 720."""
MOST_DIGITS = 100
"""Python refuses to read numbers of thousands."""
Shape = tuple[int, ...]


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as people read it.

    Examples
    --------
    >>> shape_text((1, -1, -1, 3))
    '1x?x?x3'
    """
    return "x".join("?" if size < 0 else str(size) for size in shape) or "scalar"


def parse_shapes(texts: Iterable[str]) -> dict[str, Shape]:
    """Read shapes as people write them: ``image=1x64x64x3``; without a name, of the only input.

    A text may have several, separated by commas.

    Raises
    ------
    UsageError
        If a text is no shape, or names an input again.

    Examples
    --------
    >>> parse_shapes(["image=1x64x64x3"])
    {'image': (1, 64, 64, 3)}
    """
    found: dict[str, Shape] = {}
    for text in (each.strip() for given in texts for each in given.split(",")):
        name, _, sizes = text.rpartition("=")
        parts = sizes.strip().lower().split("x")
        if not all(part.isascii() and part.isdecimal() for part in parts):
            raise UsageError(
                f"`shape`: {text!r} is not such as 1x64x64x3 or image=1x64x64x3",
                field="shape",
                value=text,
            )
        if any(len(part) > MOST_DIGITS for part in parts):
            raise UsageError(
                f"`shape`: a size of {excerpt(text)} is above {MOST_DIMENSION:,}", field="shape"
            )
        if name in found:
            raise UsageError(f"`shape` gives {name or 'the input'} two shapes", field="shape")
        found[name] = tuple(int(part) for part in parts)
    return found


def shapes_text(shapes: Mapping[str, Sequence[int]]) -> str:
    """Return shapes as `parse_shapes` reads them.

    Examples
    --------
    >>> shapes_text({"image": (1, 64, 64, 3), "mask": (1, 64)})
    'image=1x64x64x3,mask=1x64'
    """
    return ",".join(
        f"{name}={shape_text(sizes)}" if name else shape_text(sizes)
        for name, sizes in shapes.items()
    )


def fits(given: Sequence[int], wanted: Sequence[int]) -> bool:
    """Say whether values of one shape are in the order of another.

    Examples
    --------
    >>> fits((49, 10), (49, 10, 1)), fits((490,), (49, 10, 1)), fits((10, 49), (49, 10))
    (True, True, False)
    """
    left, right = _without_ones(given), _without_ones(wanted)
    return left == right or (len(left) == 1 and prod(left) == prod(right))


def transposition(given: Sequence[int], wanted: Sequence[int]) -> Shape | None:
    """Return the order of a sample's dimensions that makes it fit, or None.

    Examples
    --------
    >>> transposition((32, 32, 3), (3, 32, 32))
    (2, 0, 1)
    """
    if len(given) > MOST_TRANSPOSED or sorted(_without_ones(given)) != sorted(
        _without_ones(wanted)
    ):
        return None
    target = _without_ones(wanted)
    for order in permutations(range(len(given))):
        if _without_ones([given[place] for place in order]) == target:
            return order
    return None


def completed(signature: Sequence[int], sample: Sequence[int]) -> Shape | None:
    """Return the shape that an input gets by a sample, or None if the sample does not fit.

    Parameters
    ----------
    signature
        The input's shape with `FREE` in it.
    sample
        The sample's: with or without the batch, or dimensions of 1 at either end.

    Examples
    --------
    >>> completed((1, -1, -1, 3), (64, 48, 3))
    (1, 64, 48, 3)
    """
    for candidate in _candidates(tuple(sample), len(signature)):
        if agrees(candidate, signature):
            return candidate
    return None


def agrees(shape: Sequence[int], signature: Sequence[int]) -> bool:
    """Say whether a shape is one that a signature allows."""
    return len(shape) == len(signature) and all(
        size == wanted or (wanted == FREE and size > 0)
        for size, wanted in zip(shape, signature, strict=True)
    )


def is_batch_of(shape: Sequence[int], single: Sequence[int], batch: int) -> bool:
    """Say whether a shape has a batch of what `single` has one of: in the first dimension.

    Where it is another one, the samples' values do not lie one after the other.

    Examples
    --------
    >>> is_batch_of((2, 10), (1, 10), 2), is_batch_of((2, 2, 3), (2, 1, 3), 2)
    (True, False)
    """
    return bool(single) and single[0] == 1 and agrees(shape, (batch, *single[1:]))


def _candidates(sample: Shape, rank: int) -> Iterator[Shape]:
    """Yield a sample's shape at a rank: with dimensions of 1 added at its ends, or left out."""
    missing = rank - len(sample)
    for before in range(missing, -1, -1):
        yield (1,) * before + sample + (1,) * (missing - before)
    for before in range(-missing, -1, -1):
        after = -missing - before
        kept = sample[before : len(sample) - after]
        if prod(kept) == prod(sample):
            yield kept


def _without_ones(shape: Sequence[int]) -> Shape:
    return tuple(size for size in shape if size != 1)
