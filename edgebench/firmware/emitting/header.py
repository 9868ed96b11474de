"""Write the header of a network: its sizes, types and scales, and the function that runs it."""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.firmware.c_files import filled, firmware_folder
from edgebench.firmware.emitting import c_text, state_c
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.layers import Network
from edgebench.models.resolve import Model
from edgebench.models.tflite.tensors import Tensor

TEMPLATE = "network/@name@.h"
_STEPS = """
#define {macros}_STEPS {steps}U

/* Called after step number `step` of {macros}_STEPS; whoever profiles the network defines it. */
void {network}_step(uint32_t step);
"""


def header(model: Model, network: Network, names: CNames, steps: int) -> str:
    """Return the header; ``steps`` is how many are profiled, 0 if the network is not."""
    text = (firmware_folder() / TEMPLATE).read_text()
    values = dict(described(model))
    values["name"], values["NAME"] = names.network, names.macros
    values["STATE"] = state_c.declared(network, names)
    values["STEPS"] = (
        _STEPS.format(macros=names.macros, network=names.network, steps=steps) if steps else ""
    )
    return filled(text, values)


def described(model: Model) -> Mapping[str, str]:
    """Return what templates say of a model, by the name of the placeholder."""
    values = {
        "LABEL": "".join(
            each if each.isprintable() and each not in '"\\' else "_" for each in model.label
        ).replace("*/", "--"),
        # A name goes into a C string and through the serial protocol.
        "SHOWN_NAME": "".join(
            each if each.isascii() and (each.isalnum() or each in "-_.") else "-"
            for each in model.name
        ),
        "SHA256": model.sha256,
        "SHA": model.sha256[:8],
    }
    for direction, tensor in (("INPUT", model.facts.inputs[0]), ("OUTPUT", model.facts.outputs[0])):
        scale, zero_point = _quantization(tensor)
        values |= {
            direction: _sentence(tensor),
            f"{direction}_BYTES": str(tensor.size_bytes),
            f"{direction}_TYPE": c_text.TYPES[tensor.dtype.name],
            f"{direction}_SCALE": c_text.real(scale),
            f"{direction}_ZERO_POINT": str(zero_point),
        }
    return values


def _quantization(tensor: Tensor) -> tuple[float, int]:
    if tensor.quantization is None or tensor.dtype.kind == "f":
        return 1.0, 0
    return tensor.quantization.scales[0], tensor.quantization.zero_points[0]


def _sentence(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape))
    text = f"{tensor.type_name.lower()}, {shape}"
    if tensor.quantization is None or tensor.dtype.kind == "f":
        return text
    scale, zero_point = _quantization(tensor)
    return f"{text}, real value = {scale:.9g} * (number - ({zero_point}))"
