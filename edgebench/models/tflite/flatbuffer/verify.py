"""Check that a .tflite's tables, vectors and strings lie in the file before anything reads them.

What FlatBuffers' own verifier does in C++, for the tables of TensorFlow Lite's schema (schema.fbs,
version 3); Python's generated readers trust every offset. Options of ops, of which there are 150
kinds, are checked to be tables in the file; the readers look into them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """The kind of a field.

    Attributes
    ----------
    what
        ``scalar`` and ``vector`` (of scalars) with a ``width`` in bytes; ``string``: UTF-8, as the
        runtimes read it; ``table`` and ``tables`` with the ``name`` of one of `TABLES`; ``union``:
        a table of a kind that another field says.
    """

    what: Literal["scalar", "vector", "string", "table", "tables", "union"]
    width: int = 4
    name: str = ""


_U8, _I32, _U64 = Kind("scalar", 1), Kind("scalar", 4), Kind("scalar", 8)
_BYTES, _INTS, _LONGS = Kind("vector", 1), Kind("vector", 4), Kind("vector", 8)
_STRING, _UNION = Kind("string", 1), Kind("union")


def _table(name: str) -> Kind:
    return Kind("table", name=name)


def _tables(name: str) -> Kind:
    return Kind("tables", name=name)


TABLES: Mapping[str, Mapping[str, tuple[int, Kind]]] = {
    "Model": {
        "version": (0, _I32),
        "operator_codes": (1, _tables("OperatorCode")),
        "subgraphs": (2, _tables("SubGraph")),
        "description": (3, _BYTES),
        "buffers": (4, _tables("Buffer")),
        "metadata_buffer": (5, _INTS),
        "metadata": (6, _tables("Metadata")),
        "signature_defs": (7, _tables("SignatureDef")),
    },
    "OperatorCode": {
        "deprecated_builtin_code": (0, _U8),
        "custom_code": (1, _STRING),
        "version": (2, _I32),
        "builtin_code": (3, _I32),
    },
    "SubGraph": {
        "tensors": (0, _tables("Tensor")),
        "inputs": (1, _INTS),
        "outputs": (2, _INTS),
        "operators": (3, _tables("Operator")),
        "name": (4, _STRING),
    },
    "Tensor": {
        "shape": (0, _INTS),
        "type": (1, _U8),
        "buffer": (2, _I32),
        "name": (3, _STRING),
        "quantization": (4, _table("QuantizationParameters")),
        "is_variable": (5, _U8),
        "sparsity": (6, _table("SparsityParameters")),
        "shape_signature": (7, _INTS),
        "has_rank": (8, _U8),
        "variant_tensors": (9, _tables("VariantSubType")),
    },
    "VariantSubType": {"shape": (0, _INTS), "type": (1, _U8), "has_rank": (2, _U8)},
    "QuantizationParameters": {
        "min": (0, _INTS),
        "max": (1, _INTS),
        "scale": (2, _INTS),
        "zero_point": (3, _LONGS),
        "details_type": (4, _U8),
        "details": (5, _UNION),
        "quantized_dimension": (6, _I32),
    },
    "SparsityParameters": {
        "traversal_order": (0, _INTS),
        "block_map": (1, _INTS),
        "dim_metadata": (2, _tables("DimensionMetadata")),
    },
    "DimensionMetadata": {
        "format": (0, _U8),
        "dense_size": (1, _I32),
        "array_segments_type": (2, _U8),
        "array_segments": (3, _UNION),
        "array_indices_type": (4, _U8),
        "array_indices": (5, _UNION),
    },
    "Operator": {
        "opcode_index": (0, _I32),
        "inputs": (1, _INTS),
        "outputs": (2, _INTS),
        "builtin_options_type": (3, _U8),
        "builtin_options": (4, _UNION),
        "custom_options": (5, _BYTES),
        "custom_options_format": (6, _U8),
        "mutating_variable_inputs": (7, _BYTES),
        "intermediates": (8, _INTS),
        "large_custom_options_offset": (9, _U64),
        "large_custom_options_size": (10, _U64),
        "builtin_options_2_type": (11, _U8),
        "builtin_options_2": (12, _UNION),
    },
    "Buffer": {"data": (0, _BYTES), "offset": (1, _U64), "size": (2, _U64)},
    "Metadata": {"name": (0, _BYTES), "buffer": (1, _I32)},
    "SignatureDef": {
        "inputs": (0, _tables("TensorMap")),
        "outputs": (1, _tables("TensorMap")),
        "signature_key": (2, _STRING),
        "subgraph_index": (4, _I32),
    },
    "TensorMap": {"name": (0, _STRING), "tensor_index": (1, _I32)},
}
"""Of each table its fields: their numbers in the schema, and what they are."""

MOST_SHARED = 8
"""Vectors together may be this many times as long as the file: more means that they lie in one
another, which no writer does, and reading them all would take for ever."""
SPARE_BYTES = 1 << 16


class Damaged(ValueError):
    """Something in a file points outside it, or can't be; the message has the byte and the path."""


@dataclass(frozen=True)
class _Table:
    place: int
    field_offsets: tuple[int, ...]
    inline_bytes: int


class _Verifier:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._left = MOST_SHARED * len(content) + SPARE_BYTES
        self._seen: set[tuple[int, str]] = set()

    def table(self, place: int, name: str, path: str) -> None:
        if (place, name) in self._seen:
            return
        self._seen.add((place, name))
        table = self._opened(place, path)
        for field, (number, kind) in TABLES[name].items():
            offset = table.field_offsets[number] if number < len(table.field_offsets) else 0
            if offset:
                self._field(table, offset, kind, f"{path}.{field}" if path else field)

    def _opened(self, place: int, path: str) -> _Table:
        """Check a table's own bytes and those that say where its fields are."""
        below = place - self._number("<i", place, path)
        length, inline_bytes = self._number("<H", below, path), self._number("<H", below + 2, path)
        if length < 4 or length % 2 or below + length > len(self._content):
            raise Damaged(f"at byte {below}, `{path}`: its list of fields is {length} bytes long")
        if inline_bytes < 4 or place + inline_bytes > len(self._content):
            raise Damaged(f"at byte {place}, `{path}`: its {inline_bytes} bytes end outside it")
        offsets = struct.unpack_from(f"<{(length - 4) // 2}H", self._content, below + 4)
        return _Table(place, offsets, inline_bytes)

    def _field(self, table: _Table, offset: int, kind: Kind, path: str) -> None:
        width = kind.width if kind.what == "scalar" else 4
        if offset + width > table.inline_bytes:
            raise Damaged(f"at byte {table.place}, `{path}`: it lies outside its table")
        if kind.what == "scalar":
            return
        place = table.place + offset
        target = place + self._number("<I", place, path)
        match kind.what:
            case "vector":
                self._vector(target, kind.width, path)
            case "string":
                self._string(target, path)
            case "table":
                self.table(target, kind.name, path)
            case "tables":
                for number in range(self._vector(target, 4, path)):
                    item = target + 4 + 4 * number
                    below = item + self._number("<I", item, path)
                    self.table(below, kind.name, f"{path}[{number}]")
            case "union":
                self._opened(target, path)

    def _string(self, place: int, path: str) -> None:
        start = place + 4
        text = self._content[start : start + self._vector(place, 1, path)]
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Damaged(f"at byte {start + error.start}, `{path}`: it is not UTF-8") from error

    def _vector(self, place: int, width: int, path: str) -> int:
        """Check that a vector lies in the file; return how many entries it has."""
        count = self._number("<I", place, path)
        size = 4 + count * width
        if place + size > len(self._content):
            raise Damaged(f"at byte {place}, `{path}`: {count:,} entries end outside it")
        self._left -= size
        if self._left < 0:
            raise Damaged(f"at byte {place}, `{path}`: its parts lie in one another")
        return count

    def _number(self, layout: str, place: int, path: str) -> int:
        # `unpack_from` takes a negative place for one counted from the end.
        if place < 0 or place + struct.calcsize(layout) > len(self._content):
            where = f"`{path}`" if path else "the root"
            raise Damaged(f"{where} points to byte {place:,}, outside it")
        number: int = struct.unpack_from(layout, self._content, place)[0]
        return number


def verify(content: bytes) -> None:
    """Check that everything in a flatbuffer of TensorFlow Lite's lies in the file.

    Raises
    ------
    Damaged
        With the first thing that does not.
    """
    verifier = _Verifier(content)
    root = struct.unpack_from("<I", content, 0)[0] if len(content) >= 8 else len(content)
    verifier.table(root, "Model", "")
