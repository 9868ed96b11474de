"""Write the header of a network: its sizes, types and scales, and the function that runs it."""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.firmware.c_files import filled, firmware_folder
from edgebench.firmware.emitting import c_text, state_c
from edgebench.firmware.emitting.names import CORE_NAME, CNames
from edgebench.firmware.emitting.several_inputs_outputs import (
    lists,
    parts,
    quantization,
    run,
    sentence,
    structs,
)
from edgebench.firmware.layers import Network
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import alignment_of, block_bytes

TEMPLATE = "network/@name@.h"
_STEPS = """
#define {macros}_STEPS {steps}U

/* Called after step number `step` of {macros}_STEPS; whoever profiles the network defines it. */
void {network}_step(uint32_t step);
"""


def header(model: Model, network: Network | None, names: CNames, steps: int) -> str:
    """Return the header.

    Parameters
    ----------
    network
        As it was read; None where another engine computes it, which keeps no state.
    steps
        How many are profiled, 0 if the network is not.
    """
    text = (firmware_folder() / TEMPLATE).read_text()
    values = dict(described(model))
    values["name"], values["NAME"] = names.network, names.macros
    values["STATE"] = state_c.declared(network, names) if network else ""
    values["STRUCTS"], values["RUN"] = structs(model, names), run(model, names)
    values["PARTS"] = lists(model) if names.network == CORE_NAME else ""
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
    inputs, outputs = parts(model)
    values["ALIGNMENT"] = str(alignment_of([each.tensor for each in (*inputs, *outputs)]))
    for direction, ends, verb in (("INPUT", inputs, "TAKEN"), ("OUTPUT", outputs, "GIVEN")):
        first = ends[0].tensor
        scale, zero_point = quantization(first)
        values |= {
            direction: "; ".join(sentence(each.tensor) for each in ends),
            f"{direction}S": str(len(ends)),
            f"{direction}_BYTES": str(block_bytes(ends)),
            f"{direction}_VALUES": str(first.elements),
            f"{direction}_TYPE": c_text.TYPES[first.dtype.name],
            f"{direction}_SCALE": c_text.real(scale),
            f"{direction}_ZERO_POINT": str(zero_point),
            verb: c_text.TYPES[first.dtype.name]
            if len(ends) == 1
            else f"struct @name@_{direction.lower()}s",
        }
    return values
