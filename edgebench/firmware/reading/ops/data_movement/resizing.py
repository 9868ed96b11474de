"""RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR: where each pixel comes from, as the references."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.copying_layers import Nearest
from edgebench.firmware.layers import Shape, Step
from edgebench.firmware.reading.op_reader import OpReader
from edgebench.firmware.reading.ops.data_movement.strides import same_scale
from edgebench.firmware.resizing_layers import Between, BetweenReal, Bilinear, BilinearReal

ONE = 1024
"""Of a share; ``eb_resize.c`` has the same."""
MOST_PLACES = 4096
"""Of rows or columns: each takes up to 12 bytes of flash."""


def nearest(read: OpReader) -> list[Step]:
    """Read a RESIZE_NEAREST_NEIGHBOR."""
    source, output, samples = _images(read)
    width = read.output.size_bytes // read.output.elements
    kind = Nearest(
        _nearest(read, source.height, output.height),
        _nearest(read, source.width, output.width),
        output.height,
        output.width,
        source.width,
        source.channels * width,
    )
    return [Step("resize_nearest", kind, read.op.inputs[:1], times=samples)]


def bilinear(read: OpReader) -> list[Step]:
    """Read a RESIZE_BILINEAR: of int8, or of uint8, which the reference resizes in float32."""
    source, output, samples = _images(read)
    read.int8(read.output)
    if read.is_unsigned:
        real = BilinearReal(
            _between_real(read, source.height, output.height),
            _between_real(read, source.width, output.width),
            output.height,
            output.width,
            source.width,
            source.channels,
        )
        return [Step("resize_bilinear_real", real, read.op.inputs[:1], times=samples)]
    kind = Bilinear(
        _between(read, source.height, output.height),
        _between(read, source.width, output.width),
        output.height,
        output.width,
        source.width,
        source.channels,
    )
    return [Step("resize_bilinear", kind, read.op.inputs[:1], times=samples)]


def _images(read: OpReader) -> tuple[Shape, Shape, int]:
    source, output, samples = read.images()
    same_scale(read, read.input(0))
    if read.integers(read.input(1)) != [output.height, output.width]:
        raise read.refuse(f"a size that is not {output.height} x {output.width}")
    if source.channels != output.channels:
        raise read.refuse(f"{source.channels} channels to {output.channels}")
    if max(output.height, output.width) > MOST_PLACES:
        raise read.refuse(f"{output.height} x {output.width} pixels")
    if read.options.alignCorners and read.options.halfPixelCenters:
        raise read.refuse("aligned corners and centers at half a pixel")
    return source, output, samples


def _nearest(read: OpReader, size: int, wanted: int) -> NDArray[np.int32]:
    """Return the input's places; the runtimes compute them in float32."""
    aligned = read.options.alignCorners
    corners = aligned and wanted > 1
    scale = (
        np.float32(size - 1) / np.float32(wanted - 1)
        if corners
        else np.float32(size) / np.float32(wanted)
    )
    offset = np.float32(0.5 if read.options.halfPixelCenters else 0)
    places = (np.arange(wanted, dtype=np.float32) + offset) * scale
    # Halves are rounded up; none is negative.
    whole = np.floor(places.astype(np.float64) + 0.5) if aligned else np.floor(places)
    return np.clip(whole, 0, size - 1).astype(np.int32)


def _between(read: OpReader, size: int, wanted: int) -> tuple[Between, ...]:
    """Return, for each place of the output, the two of the input that it lies between."""
    step = (ONE * size + wanted // 2) // wanted
    if read.options.alignCorners and wanted > 1:
        step = (ONE * (size - 1) + (wanted - 1) // 2) // (wanted - 1)
    found = []
    for number in range(wanted):
        place = number * step
        if read.options.halfPixelCenters:
            place += step // 2 - ONE // 2
        before = max(int(place / ONE), 0)
        behind = min(int((place + ONE - 1) / ONE), size - 1)
        if before >= size:
            raise read.refuse(f"{size} rows or columns to {wanted}, which the runtimes get wrong")
        found.append(Between(before, behind, place - ONE * before))
    return tuple(found)


def _between_real(read: OpReader, size: int, wanted: int) -> tuple[BetweenReal, ...]:
    """Do as `_between` in float32."""
    single = np.float32
    corners = read.options.alignCorners and wanted > 1
    scale = single(size - 1) / single(wanted - 1) if corners else single(size) / single(wanted)
    found = []
    for number in range(wanted):
        place = single(number) * scale
        if read.options.halfPixelCenters:
            place = (single(number) + single(0.5)) * scale - single(0.5)
        before = max(int(np.floor(place)), 0)
        behind = min(int(np.ceil(place)), size - 1)
        if before >= size:
            raise read.refuse(f"{size} rows or columns to {wanted}, which the runtimes get wrong")
        found.append(BetweenReal(before, behind, float(place - single(before))))
    return tuple(found)


RULES: Mapping[str, Callable[[OpReader], list[Step]]] = {
    "RESIZE_NEAREST_NEIGHBOR": nearest,
    "RESIZE_BILINEAR": bilinear,
}
