"""The weights of a recommendation model, out of its float32 .tflite."""

from __future__ import annotations

from edgebench.errors import ModelNotSupported
from edgebench.models.geometry import Geometry
from edgebench.models.recommend.graph import Layer, Values, Weights
from edgebench.models.resolve import Model
from edgebench.models.tflite.flatbuffer.reading import float32_constant, unpacked


def read_weights(model: Model, geometry: Geometry) -> Weights:
    """Return what `recommendation_model` wrote.

    Raises
    ------
    ModelNotSupported
        If a table or a layer is not there, or is not in float32.
    """
    file = unpacked(model.content, str(model.path))
    places = {tensor.name: tensor for tensor in model.facts.tensors}

    def values(name: str) -> Values:
        tensor = places.get(name)
        if tensor is None or tensor.type_name != "FLOAT32" or not tensor.constant_bytes:
            raise ModelNotSupported(
                f"{model.label} has no float32 `{name}`: it is not one of edgebench's "
                "recommendation models, or not its float32 variant"
            )
        return float32_constant(file, tensor, str(model.path))

    def mlp(name: str, count: int) -> tuple[Layer, ...]:
        return tuple(
            Layer(values(f"{name}{number}/w"), values(f"{name}{number}/b"))
            for number in range(count)
        )

    tables = tuple(values(f"table{number}") for number in range(geometry.tables))
    return Weights(tables, mlp("bottom", len(geometry.bottom)), mlp("top", len(geometry.top)))
