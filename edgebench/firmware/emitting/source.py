"""C source of a network, to be read by people: constants, straight-line calls, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from edgebench.errors import ModelNotSupported
from edgebench.firmware.emitting import c_text
from edgebench.firmware.engines.dsp import DspAdd, DspConv, DspDense, DspDepthwise, for_dsp
from edgebench.firmware.engines.mve import MveConv, MveDense, MveDepthwise, for_mve
from edgebench.firmware.layers import (
    Add,
    Alias,
    Conv,
    Dense,
    Fill,
    Layer,
    Mean,
    Move,
    Mul,
    Network,
    Pool,
    Softmax,
    Table,
    Weighted16,
)
from edgebench.firmware.optimize import BALANCED, SIZE, SPEED
from edgebench.firmware.planning.arena import Plan, plan_memory
from edgebench.firmware.reading.network import read_network
from edgebench.models.resolve import Model

CONFIG_FILE, CONSTANTS_FILE, MODEL_FILE = "model_config.h", "model_constants.h", "model.c"
STRUCTS: Mapping[type[Any], str] = {
    MveConv: "mve_conv",
    MveDepthwise: "mve_depthwise",
    MveDense: "mve_dense",
    DspConv: "dsp_conv",
    DspDepthwise: "dsp_depthwise",
    DspDense: "dsp_dense",
    DspAdd: "dsp_add",
    Conv: "conv",
    Dense: "dense",
    Pool: "pool_layer",
    Add: "add_layer",
    Mul: "mul_layer",
    Mean: "mean_layer",
    Softmax: "softmax_layer",
    Table: "table_layer",
    Move: "move_layer",
    Fill: "fill_layer",
}
PORTABLE, DSP, HELIUM = "portable", "dsp", "helium"
KERNELS: Mapping[str, tuple[str, ...]] = {
    PORTABLE: ("kernels",),
    DSP: ("kernels", "kernels_dsp"),
    HELIUM: ("kernels", "kernels_dsp", "kernels_mve"),
}
"""The folders of ``firmware_host/`` with a kind of kernels."""
PREFIX = "eb_"
"""Of all C functions of kernels: an exported network lives among other people's names."""
SCALE_BYTES = 12


@dataclass(frozen=True)
class LayerCost:
    """What a layer takes: bytes of constants, and bytes of the arena in use while it runs."""

    layer: Layer
    constant_bytes: int
    alive_bytes: int


@dataclass(frozen=True)
class Source:
    """Generated files by name, what the network takes, and its layers that compute something."""

    files: Mapping[str, str]
    arena_bytes: int
    constant_bytes: int
    layers: tuple[LayerCost, ...]


def emit(
    model: Model, kernels: str = PORTABLE, optimize: str = BALANCED, *, profile: bool = False
) -> Source:
    """Return a model's C source.

    Parameters
    ----------
    kernels
        A key of `KERNELS`.
    optimize
        One of `edgebench.firmware.optimize.OPTIMIZE`: what counts more, flash or speed.
    profile
        Whether `model_step` is called after each layer, for `edgebench profile`.

    Raises
    ------
    ModelNotSupported
        If the firmware lacks one of its ops.
    """
    network = read_network(model)
    if kernels == DSP and optimize != SIZE:
        network = for_dsp(network, wide=optimize == SPEED)
    elif kernels == HELIUM and optimize != SIZE:
        network = for_mve(network)
    plan = plan_memory(network)
    label = model.label.replace("*/", "--")
    header = f"/* {label}, SHA-256 {model.sha256}; written by edgebench: don't edit. */\n"
    costs = tuple(
        LayerCost(layer, _constant_bytes(layer, network), plan.alive_bytes[place])
        for place, layer in enumerate(network.layers)
        if not isinstance(layer.kind, Alias)
    )
    if not costs:
        raise ModelNotSupported(f"{model.label}: it computes nothing")
    layers = [cost.layer for cost in costs]
    files = {
        CONFIG_FILE: header + _config(model, network, len(layers) if profile else 0),
        CONSTANTS_FILE: header + "".join(_constants(layers, network)),
        MODEL_FILE: header + _model(network, plan, kernels, profile),
    }
    constants = sum(cost.constant_bytes for cost in costs)
    return Source(files, plan.size_bytes, constants, costs)


def _config(model: Model, network: Network, steps: int) -> str:
    source, output = network.input, network.output
    quantization = output.quantization
    scale, zero_point = (1.0, 0)
    if quantization is not None:
        scale, zero_point = quantization.scales[0], quantization.zero_points[0]
    # A name goes into a C string and through the serial protocol.
    name = "".join(
        each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in model.name
    )
    return f"""#ifndef EDGEBENCH_MODEL_CONFIG_H
#define EDGEBENCH_MODEL_CONFIG_H

#define MODEL_NAME "{name}"
#define MODEL_SHA "{model.sha256[:8]}"
#define MODEL_INPUT_BYTES {source.size_bytes}U
#define MODEL_INPUT_TEXT "{source.size_bytes}"
#define MODEL_OUTPUT_BYTES {output.size_bytes}U
#define MODEL_OUTPUT_TEXT "{output.size_bytes}"
#define MODEL_OUTPUT_TYPE {c_text.TYPES[output.dtype.name]}
#define MODEL_OUTPUT_SCALE {c_text.real(scale)}
#define MODEL_OUTPUT_ZERO_POINT ({zero_point})
#define MODEL_STEPS {steps}U

#endif
"""


def _constants(layers: Sequence[Layer], network: Network) -> Iterable[str]:
    yield '#include <stdint.h>\n\n#include "align.h"\n'
    for tensor, values in network.constants.items():
        yield "\n" + c_text.array(f"tensor_{tensor}", values)
    for layer in layers:
        found = list(_arrays(layer.kind, layer.name))
        if found:
            yield f"\n/* {_title(layer)} */\n"
            yield from found


def _arrays(value: Any, name: str) -> Iterable[str]:
    """Return the arrays that a layer's struct refers to."""
    for field in fields(value):
        each = getattr(value, field.name)
        if isinstance(each, np.ndarray):
            yield c_text.array(f"{name}_{field.name}", each)
        elif field.name == "scales":
            yield c_text.rows("dsp_scale", f"{name}_scales", each)
        elif is_dataclass(each):
            yield from _arrays(each, name)


def _model(network: Network, plan: Plan, kernels: str, profile: bool) -> str:
    own = [f'"{folder}.h"' for folder in KERNELS[kernels]]
    headers = ('"model.h"', "", "<stddef.h>", "", '"align.h"', *own, f'"{CONSTANTS_FILE}"')
    parts = ["".join(f"#include {each}\n" if each else "\n" for each in headers)]
    if plan.size_bytes:
        parts.append(f"\nALIGNED_4 static int8_t arena[{plan.size_bytes}];\n")
    calls = []
    for place, layer in enumerate(network.layers):
        if isinstance(layer.kind, Alias):
            continue
        parts.append(
            f"\n/* {_title(layer)} */\nstatic const struct {_struct(layer.kind)} "
            f"{layer.name} = {c_text.initializer(layer.kind, layer.name)};\n"
        )
        calls.append(
            f"    {PREFIX}{layer.function}({', '.join(_arguments(place, network, plan))});\n"
        )
        if profile:
            calls.append(f"    model_step({len(calls) // 2}U);\n")
    parts.append("\nvoid model_invoke(const int8_t *input, int8_t *output)\n{\n")
    parts += [*calls, "}\n"]
    return "".join(parts)


def _arguments(place: int, network: Network, plan: Plan) -> Iterable[str]:
    layer = network.layers[place]
    output = plan.roots[network.output.index]
    is_wide = _is_wide(layer.kind)

    def pointer(tensor: int, qualifier: str) -> str:
        root = plan.roots[tensor]
        if root in network.constants:
            text = f"tensor_{root}"
        elif root == network.input.index:
            text = "input"
        else:
            text = "output" if root == output else f"&arena[{plan.offsets[root]}]"
        cast = f"({qualifier}int16_t *)({qualifier}void *)" if is_wide else ""
        return cast + text

    yield f"&{layer.name}"
    for tensor in layer.inputs:
        yield pointer(tensor, "const ")
    yield pointer(layer.output, "")
    if hasattr(layer.kind, "scratch_bytes"):
        yield f"&arena[{plan.scratch[place]}]" if place in plan.scratch else "NULL"


def _struct(kind: Any) -> str:
    return STRUCTS[type(kind)] + ("_16x8" if _is_wide(kind) else "")


def _is_wide(kind: Any) -> bool:
    return isinstance(getattr(kind, "weighted", None), Weighted16)


def _title(layer: Layer) -> str:
    return f"{layer.index}: {layer.op_name}"


def _constant_bytes(layer: Layer, network: Network) -> int:
    operands = sum(
        network.constants[each].nbytes for each in layer.inputs if each in network.constants
    )
    return operands + _array_bytes(layer.kind)


def _array_bytes(value: Any) -> int:
    total = 0
    for field in fields(value):
        each = getattr(value, field.name)
        if isinstance(each, np.ndarray):
            total += each.nbytes
        elif field.name == "scales":
            total += SCALE_BYTES * len(each)
        elif is_dataclass(each):
            total += _array_bytes(each)
    return total
