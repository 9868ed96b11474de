"""Models of one op in uint8, as TensorFlow 1 quantized: made of the int8 ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from edgebench.models.build import NewModel, NewTensor
from edgebench.models.tflite.tensors import Quantization
from tests.firmware.layers import (
    choice_layers,
    copied_layers,
    single_layers,
    value_layers,
    weighted_layers,
)
from tests.firmware.layers.drawn import Drawn


def _unsigned(draw: Drawn, made: NewModel) -> NewModel:
    """Return a model with uint8 in place of int8; weights have one scale and a zero point."""
    tensors = {each.name: _moved(draw, each) for each in made.tensors}
    if "b" in tensors:
        source, weights = (tensors[name].quantization for name in ("in", "w"))
        assert source is not None
        assert weights is not None
        step = float(np.float32(source.scales[0]) * np.float32(weights.scales[0]))
        quantization = Quantization((step,), (0,))
        tensors["b"] = dataclasses.replace(tensors["b"], quantization=quantization)
    return dataclasses.replace(made, tensors=list(tensors.values()))


def _moved(draw: Drawn, tensor: NewTensor) -> NewTensor:
    found = tensor.quantization
    if tensor.dtype != "int8" or found is None:
        return tensor
    zero_point = found.zero_points[0] + 128
    values = tensor.values
    if values is not None:
        # Weights of all of uint8 don't fit int8 as differences; a narrow range does.
        reach = draw.one_of(127, 60)
        zero_point = draw.pick(1, 254) if tensor.name == "w" else zero_point
        values = np.clip(values.astype(np.int16), -reach - 1, reach) + 128
        values = values.astype(np.uint8)
    return dataclasses.replace(
        tensor,
        dtype="uint8",
        quantization=Quantization(found.scales[:1], (zero_point,)),
        values=values,
    )


def _of(make: Callable[[Drawn], NewModel]) -> Callable[[Drawn], NewModel]:
    return lambda draw: _unsigned(draw, make(draw))


OPS: Mapping[str, Callable[[Drawn], NewModel]] = {
    f"uint8_{make.__name__}": _of(make)
    for make in (
        weighted_layers.conv_2d,
        weighted_layers.depthwise_conv_2d,
        weighted_layers.fully_connected,
        single_layers.pool,
        single_layers.add,
        choice_layers.selected,
        single_layers.mul,
        single_layers.softmax,
        single_layers.logistic,
        single_layers.relu,
        single_layers.relu6,
        single_layers.pad,
        single_layers.concatenation,
        value_layers.sub,
        value_layers.div,
        value_layers.tanh,
        value_layers.maximum,
        copied_layers.split,
        copied_layers.mirror_pad,
        copied_layers.space_to_batch_nd,
        copied_layers.resize_nearest_neighbor,
        copied_layers.resize_bilinear,
        single_layers.mean,
        copied_layers.concatenation_of_scales,
    )
}
