"""Where a model's inputs, or its outputs, lie in the one block of memory that firmware takes.

They follow each other in the model's order. Each begins at a multiple of `alignment_of`, with
zeros before it where the one in front of it ends elsewhere; behind the last one there is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgebench.errors import DatasetMismatch
from edgebench.models.tflite.tensors import Tensor

WORD_BYTES, LONG_BYTES = 4, 8


@dataclass(frozen=True)
class Part:
    """A tensor and where it begins, in bytes."""

    tensor: Tensor
    offset: int

    @property
    def end(self) -> int:
        """Where it ends, in bytes."""
        return self.offset + self.tensor.size_bytes


def alignment_of(ends: Sequence[Tensor]) -> int:
    """Return what inputs and outputs are aligned to: 8 bytes if one has values of 8, else 4."""
    return LONG_BYTES if any(each.dtype.itemsize == LONG_BYTES for each in ends) else WORD_BYTES


def parts_of(tensors: Sequence[Tensor], alignment: int) -> tuple[Part, ...]:
    """Return where each of the tensors lies."""
    parts, end = [], 0
    for tensor in tensors:
        parts.append(Part(tensor, -(-end // alignment) * alignment))
        end = parts[-1].end
    return tuple(parts)


def block_bytes(parts: Sequence[Part]) -> int:
    """Return the size of the whole block."""
    return parts[-1].end if parts else 0


def block_of(parts: Sequence[Part], rows: Sequence[bytes | memoryview]) -> bytes:
    """Return the block of the values of each tensor.

    Raises
    ------
    DatasetMismatch
        If a tensor's values have another size than the tensor.
    """
    block = bytearray(block_bytes(parts))
    for part, row in zip(parts, rows, strict=True):
        size = memoryview(row).nbytes
        if size != part.tensor.size_bytes:  # or what is behind it would move
            raise DatasetMismatch(
                f"input `{part.tensor.name}` takes {part.tensor.size_bytes:,} bytes, a sample has "
                f"{size:,}: a device takes samples of one shape"
            )
        block[part.offset : part.end] = row
    return bytes(block)
