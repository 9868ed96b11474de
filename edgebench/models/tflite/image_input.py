"""Read from a model which images it takes: their size, channels and layout, and their values."""

from __future__ import annotations

import numpy as np

from edgebench.datasets.making.pixels import COLOURS, ImageForm, Layout, PixelValues
from edgebench.errors import DatasetMismatch
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.tensors import Tensor

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-128.0, 127.0))
"""What models are trained with for pixels of 0 to 255."""


def image_form(facts: ModelFacts, layout: Layout | None = None) -> ImageForm:
    """Return the form of the images that a model's only input takes.

    Parameters
    ----------
    layout
        Needed only where the shape fits both, such as 3 x 96 x 3.

    Raises
    ------
    DatasetMismatch
        If the model has several inputs, its input is no image of a fixed size, or the layout is
        not clear.
    """
    tensor, name = facts.inputs[0], facts.input_names[0]
    if len(facts.inputs) > 1:
        raise DatasetMismatch(
            f"the model has {len(facts.inputs)} inputs ({', '.join(facts.input_names)}): make an "
            ".npz with an array for each of them"
        )
    forms = [] if tensor.open_dimensions else _forms(tensor.sample_shape)
    if layout is not None:
        forms = [each for each in forms if each.layout == layout]
    if not forms:
        raise DatasetMismatch(
            f"the model's input `{name}` has the shape {list(tensor.shape_signature)}: not an "
            f"image of a fixed size with 1 or 3 channels{f' in {layout}' if layout else ''}; give "
            "`size`, and no `model`",
            field="model",
        )
    if len(forms) > 1:
        raise DatasetMismatch(
            f"the model's input `{name}` has the shape {list(tensor.shape)}: channels first or "
            "last? Give `layout`",
            field="layout",
        )
    return forms[0]


def pixel_values(tensor: Tensor) -> PixelValues | None:
    """Return the values of pixels that a quantized input was made for; None if it does not say.

    Its range must be one of `RANGES`, within a step: others come from data, not from the type.
    """
    quantization = tensor.quantization
    if quantization is None or quantization.per_axis or tensor.dtype.itemsize != 1:
        return None
    limits = np.iinfo(tensor.type_name.lower())
    scale, zero_point = quantization.scales[0], quantization.zero_points[0]
    found = [scale * (each - zero_point) for each in (limits.min, limits.max)]
    for wanted in RANGES:
        if np.allclose(found, wanted, rtol=0, atol=scale):
            return PixelValues.between(*wanted)
    return None


def _forms(shape: tuple[int, ...]) -> list[ImageForm]:
    if len(shape) == len(("height", "width")):
        return [ImageForm(shape[0], shape[1], channels=1)]
    if len(shape) != len(("height", "width", "channels")):
        return []
    first, middle, last = shape
    forms = [ImageForm(first, middle, last), ImageForm(middle, last, first, "nchw")]
    return [each for each in forms if each.channels in COLOURS]
