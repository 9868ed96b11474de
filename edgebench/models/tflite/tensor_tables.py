"""Read the tables of a .tflite's tensors and of the buffers behind them."""

from __future__ import annotations

from math import inf
from typing import Any

from edgebench.models.tflite.flatbuffer.reading import INSIDE, data_behind
from edgebench.models.tflite.flatbuffer.schema import names_of
from edgebench.models.tflite.flatbuffer.verify import Damaged
from edgebench.models.tflite.shapes import FREE
from edgebench.models.tflite.signatures import text_of
from edgebench.models.tflite.tensors import Quantization, Tensor

MOST_DIMENSIONS = 64
MOST_TENSOR_BYTES = 2**40


def buffer_bytes(buffer: Any, index: int, content: bytes) -> int:
    """Return how many bytes of data a buffer has; raises `Damaged` if they lie outside the file."""
    # Models over 2 GB keep their data behind the flatbuffer: Offset and Size instead of Data.
    if hasattr(buffer, "Size") and buffer.Offset() > INSIDE:
        offset, size = int(buffer.Offset()), int(buffer.Size())
        return len(data_behind(content, offset, size, f"buffers[{index}]"))
    return int(buffer.DataLength())


def enum_name(enumeration: str, number: int, path: str) -> str:
    """Return the name of a number of an enumeration; raises `Damaged` if it has none."""
    name = names_of(enumeration).get(number)
    if name is None:
        raise Damaged(
            f"`{path}` is {enumeration} {number}, which the schema that is installed does not have"
        )
    return name


def tensor_of(tensor: Any, index: int, buffer_bytes: list[int], path: str) -> Tensor:
    """Return a tensor from its table; raises `Damaged` if it can't be one."""
    if max(tensor.ShapeLength(), tensor.ShapeSignatureLength()) > MOST_DIMENSIONS:
        raise Damaged(f"`{path}` has {tensor.ShapeLength()} dimensions")
    stated = tuple(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))
    signature = tuple(int(tensor.ShapeSignature(i)) for i in range(tensor.ShapeSignatureLength()))
    if min((*stated, *signature), default=0) < FREE:
        raise Damaged(f"`{path}` has the shape {list(stated)}")
    if not 0 <= tensor.Buffer() < len(buffer_bytes):
        raise Damaged(f"`{path}` names buffer {tensor.Buffer()} of {len(buffer_bytes)}")
    found = Tensor(
        index=index,
        name=text_of(tensor.Name()),
        # Where only running it tells the size, the runtimes begin with 1 as well.
        shape=tuple(1 if size == FREE else size for size in stated),
        shape_signature=signature if len(signature) == len(stated) else stated,
        type_name=enum_name("TensorType", tensor.Type(), f"{path}.type"),
        quantization=_quantization(tensor.Quantization(), path),
        constant_bytes=buffer_bytes[tensor.Buffer()],
        is_variable=bool(tensor.IsVariable()),
    )
    if found.size_bytes > MOST_TENSOR_BYTES:
        raise Damaged(f"`{path}` has the shape {list(stated)}: {found.size_bytes:,} bytes")
    scales = found.quantization.scales if found.quantization else ()
    # Converters give the weights of a channel that was pruned away the scale 0.
    if 0.0 in scales and not found.constant_bytes:
        raise Damaged(f"`{path}`, an activation, has the scale 0")
    return found


def _quantization(parameters: Any, path: str) -> Quantization | None:
    if parameters is None or parameters.ScaleLength() == 0:
        return None
    scales = tuple(float(each) for each in parameters.ScaleAsNumpy())
    count = parameters.ZeroPointLength()
    zeros = tuple(int(each) for each in parameters.ZeroPointAsNumpy()) if count else (0,)
    wrong = [scale for scale in scales if not 0 <= scale < inf]
    if wrong:
        raise Damaged(f"`{path}` has the quantization scale {wrong[0]}")
    return Quantization(scales, zeros, int(parameters.QuantizedDimension()))
