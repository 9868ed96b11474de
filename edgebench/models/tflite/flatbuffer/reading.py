"""Open a .tflite: the one place that turns any damage into an error that says where it is."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import ModelInvalid
from edgebench.models.tflite.flatbuffer.other_formats import foreign_kind
from edgebench.models.tflite.flatbuffer.schema import schema
from edgebench.models.tflite.flatbuffer.verify import Damaged, verify
from edgebench.models.tflite.tensors import Tensor

FILE_IDENTIFIER = b"TFL3"
INSIDE = 1
"""A buffer's offset up to which its data are in the flatbuffer: 0, and what a writer puts first."""


def is_tflite(content: bytes) -> bool:
    """Whether a file says that it is a .tflite; it may be damaged all the same."""
    return content[4:8] == FILE_IDENTIFIER


@contextmanager
def damage_named(content: bytes, where: str) -> Iterator[None]:
    """Raise `Damaged` as the error that names the file.

    Raises
    ------
    ModelInvalid
        Instead of `Damaged`.
    """
    try:
        yield
    except Damaged as error:
        raise ModelInvalid(
            f"{where}: the model is damaged or cut short ({len(content):,} bytes): {error}. "
            "Compare its SHA-256 with its source and fetch it again"
        ) from error


def model_table(content: bytes, where: str) -> Any:
    """Return a file's root, a ``Model`` of the schema; all that it points to lies in the file.

    Parameters
    ----------
    where
        What errors call the file.

    Raises
    ------
    ModelInvalid
        If it is something else than a .tflite, or is damaged.
    RuntimeMissing
        If no package has the schema.
    """
    if not is_tflite(content):
        kind = foreign_kind(content)
        why = f"it is {kind}" if kind else f"its bytes 4 to 8 are not {FILE_IDENTIFIER.decode()}"
        raise ModelInvalid(f"{where}: not a .tflite model: {why}")
    with damage_named(content, where):
        verify(content)
        return schema().Model.GetRootAs(content, 0)


def unpacked(content: bytes, where: str) -> Any:
    """Return a model as the schema's objects, which can be changed.

    What lies behind the flatbuffer, as in files of over 2 GB, is put into its buffers.

    Raises
    ------
    ModelInvalid, RuntimeMissing
        As `model_table`.
    """
    root = model_table(content, where)
    with damage_named(content, where):
        try:
            model = schema().ModelT.InitFromObj(root)
        # What the readers of ops' options raise where an offset in them points outside the file.
        except (struct.error, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise Damaged(
                "an op's options can't be read: an offset in them points outside the file, or "
                "at what is of another type"
            ) from error
        except (RecursionError, MemoryError) as error:
            raise Damaged("an op's options have no end") from error
        for number, buffer in enumerate(model.buffers or ()):
            if getattr(buffer, "offset", 0) > INSIDE:
                behind = data_behind(content, buffer.offset, buffer.size, f"buffers[{number}]")
                buffer.data = np.frombuffer(behind, np.uint8)
                buffer.offset = buffer.size = 0
        _bring_options_inside(model, content)
        return model


def _bring_options_inside(model: Any, content: bytes) -> None:
    """Put the options of custom ops that lie behind the flatbuffer into it."""
    for number, graph in enumerate(model.subgraphs or ()):
        for place, op in enumerate(graph.operators or ()):
            offset = getattr(op, "largeCustomOptionsOffset", 0)
            if offset > INSIDE:
                path = f"subgraphs[{number}].operators[{place}]"
                behind = data_behind(content, offset, op.largeCustomOptionsSize, path)
                op.customOptions = np.frombuffer(behind, np.uint8)
                op.largeCustomOptionsOffset = op.largeCustomOptionsSize = 0


def data_behind(content: bytes, offset: int, size: int, path: str) -> memoryview:
    """Return data that lie behind the flatbuffer.

    Raises
    ------
    Damaged
        If they end outside the file.
    """
    if offset + size > len(content):
        raise Damaged(f"`{path}`: {size:,} bytes from byte {offset:,} on end outside it")
    return memoryview(content)[offset : offset + size]


def float32_constant(model: Any, tensor: Tensor, where: str) -> NDArray[np.float32]:
    """Return the values that a file holds of a tensor.

    Parameters
    ----------
    model
        From `unpacked`.

    Returns
    -------
    Of the tensor's shape.

    Raises
    ------
    ModelInvalid
        If it holds none, or not as many as the tensor has.
    """
    data = model.buffers[model.subgraphs[0].tensors[tensor.index].buffer].data
    stored = np.asarray(() if data is None else data, np.uint8)
    if stored.size != 4 * tensor.elements:
        raise ModelInvalid(
            f"{where}: `{tensor.name}` has {stored.size:,} bytes for {tensor.elements:,} values"
        )
    return stored.view("<f4").reshape(tensor.shape)
