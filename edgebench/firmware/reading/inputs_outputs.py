"""A network's inputs and outputs: their types, and outputs that no kernel would write."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from edgebench.errors import ModelNotSupported
from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.layers import Layer
from edgebench.firmware.reading.advice import int8_advice
from edgebench.firmware.reading.ops.data_movement.strides import whole
from edgebench.firmware.reading.ops.elementwise import edges
from edgebench.models.prefix import name_of
from edgebench.models.resolve import Model
from edgebench.models.tflite.shapes import shape_text
from edgebench.models.tflite.tensors import Tensor

TYPES = ("INT8", "UINT8", "INT16", "INT32", "INT64", "FLOAT32")
"""That an input or an output of the firmware may have."""
COPY = "COPY"
"""Name of a copy that is no op of the file."""


def check_ends(model: Model, known: Collection[str]) -> None:
    """Refuse a model whose inputs or outputs the firmware can't have.

    Parameters
    ----------
    known
        The ops that the firmware can compute, if their numbers are stored ones.

    Raises
    ------
    ModelNotSupported
        With what is wrong.
    """
    facts = model.facts
    if not facts.inputs or not facts.outputs:
        raise ModelNotSupported(
            f"{model.label}: {len(facts.inputs)} inputs and {len(facts.outputs)} outputs; the "
            "firmware needs one of each at least"
        )
    for name, tensor in facts.open_inputs.items():
        raise ModelNotSupported(
            f"{model.label}: the size of the input `{name}` is open "
            f"({shape_text(tensor.shape_signature)}), and `shape` is for runs on this machine. "
            "Firmware needs fixed sizes: convert the model with a fixed input shape",
            field="shape",
        )
    for tensor in (*facts.inputs, *facts.outputs):
        if tensor.type_name not in TYPES:
            raise ModelNotSupported(
                f"{model.label}: `{tensor.name}` is {tensor.type_name}; the firmware takes and "
                f"gives {', '.join(each.lower() for each in TYPES)}"
            )
    if not any(_is_stored(tensor) for tensor in facts.tensors):
        raise ModelNotSupported(
            f"{model.label}: it computes in {facts.inputs[0].type_name.lower()}, the firmware in "
            f"int8 or int16: {int8_advice(model)}{_still_missing(model, known)}"
        )


def _still_missing(model: Model, known: Collection[str]) -> str:
    """Say which ops the firmware has in no type."""
    names = dict.fromkeys(name_of(op) for op in model.facts.ops)
    missing = [each for each in names if each not in known]
    return f". It would still lack a kernel for {', '.join(missing)}" * bool(missing)


def _is_stored(tensor: Tensor) -> bool:
    """Whether a tensor is an activation of quantized numbers."""
    return tensor.type_name in edges.STORED and not tensor.constant_bytes


class Outputs:
    """The outputs of a network whose layers are read, each in memory of its own.

    An output may be an input's, a constant's or another output's values under another shape or
    name: then it is copied, by a layer of its own or in place of the one that would reshape it.

    Attributes
    ----------
    layers
        All layers, with those that copy.
    tensors
        The tensors that the caller gets, in the model's order.
    """

    def __init__(
        self, model: Model, layers: list[Layer], tensors: dict[int, Tensor], sources: set[int]
    ) -> None:
        self._all = tensors
        self.layers = layers
        self.tensors: list[Tensor] = []
        taken = set(sources)
        for output in model.facts.outputs:
            origins = _origins(self.layers)
            root = origins.get(output.index, output.index)
            given = output
            if root not in taken:
                taken.add(root)
            elif output.index in origins and not self._is_given(output.index):
                self._copy_for_alias(output)
                taken.add(output.index)
            else:
                given = self._copied(output)
            self.tensors.append(given)

    def _is_given(self, tensor: int) -> bool:
        """Whether an output is a tensor, or would be its values if that had its own memory."""
        origins = _origins([layer for layer in self.layers if layer.output != tensor])
        return any(origins.get(each.index, each.index) == tensor for each in self.tensors)

    def _copy_for_alias(self, output: Tensor) -> None:
        place = next(n for n, layer in enumerate(self.layers) if layer.output == output.index)
        layer = self.layers[place]
        self.layers[place] = dataclasses.replace(layer, function="move", kind=whole(output))

    def _copied(self, output: Tensor) -> Tensor:
        copy = dataclasses.replace(output, index=max(self._all) + 1)
        self._all[copy.index] = copy
        number = 1 + max((layer.index for layer in self.layers), default=-1)
        self.layers.append(
            Layer(number, 0, COPY, "move", whole(output), (output.index,), copy.index)
        )
        return copy


def _origins(layers: list[Layer]) -> Mapping[int, int]:
    """Return whose memory each reshaped tensor is."""
    origins: dict[int, int] = {}
    for layer in layers:
        if isinstance(layer.kind, Alias):
            origins[layer.output] = origins.get(layer.inputs[0], layer.inputs[0])
    return origins
