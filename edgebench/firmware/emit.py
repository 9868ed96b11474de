"""C source of a network, to be read by people: constants, straight-line calls, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from edgebench.errors import ModelNotSupported
from edgebench.firmware.dsp import (
    DspConv,
    DspDense,
    DspDepthwise,
    DspKind,
    for_dsp,
    rounded_up,
)
from edgebench.firmware.fixed_point import Multiplier
from edgebench.firmware.layers import (
    Add,
    Alias,
    Conv,
    Dense,
    Layer,
    Network,
    Pool,
    Softmax,
    Weighted,
    read_network,
)
from edgebench.firmware.plan import Plan, plan_memory
from edgebench.models.resolve import Model

CONFIG_FILE, CONSTANTS_FILE, MODEL_FILE = "model_config.h", "model_constants.h", "model.c"
STRUCTS: Mapping[type[Any], str] = {
    DspConv: "dsp_conv",
    DspDepthwise: "dsp_depthwise",
    DspDense: "dsp_dense",
    Conv: "conv_layer",
    Dense: "dense_layer",
    Pool: "pool_layer",
    Add: "add_layer",
    Softmax: "softmax_layer",
}
PER_LINE = 16
PORTABLE, DSP = "portable", "dsp"
KERNELS: Mapping[str, tuple[str, ...]] = {
    PORTABLE: ("kernels",),
    DSP: ("kernels", "kernels_dsp"),
}
"""The folders of ``firmware_host/`` with a kind of kernels."""
C_TYPES = {"int8": "int8_t", "int16": "int16_t", "int32": "int32_t"}


@dataclass(frozen=True)
class Source:
    """Generated files by name, and what the network takes."""

    files: Mapping[str, str]
    arena_bytes: int
    constant_bytes: int


def emit(model: Model, kernels: str = PORTABLE) -> Source:
    """Return a model's C source.

    Parameters
    ----------
    kernels
        A key of `KERNELS`.

    Raises
    ------
    ModelNotSupported
        If the firmware lacks one of its ops.
    """
    network = read_network(model)
    if kernels == DSP:
        network = for_dsp(network)
    plan = plan_memory(network)
    header = f"/* {model.label}, SHA-256 {model.sha256}; written by edgebench: don't edit. */\n"
    working = [layer for layer in network.layers if not isinstance(layer.kind, Alias)]
    if not working:
        raise ModelNotSupported(f"{model.label}: it computes nothing")
    files = {
        CONFIG_FILE: header + _config(model, network),
        CONSTANTS_FILE: header + "".join(_constants(working)),
        MODEL_FILE: header + _model(working, network, plan, kernels),
    }
    constants = sum(_constant_bytes(layer.kind) for layer in working)
    return Source(files, plan.size_bytes + _scratch_bytes(working), constants)


def _scratch_bytes(layers: Sequence[Layer]) -> int:
    """Return what the layer that needs most works in; it lies behind the activations."""
    needed = max(getattr(layer.kind, "scratch_bytes", 0) for layer in layers)
    return rounded_up(needed, 4)


def _config(model: Model, network: Network) -> str:
    output = network.output.quantization
    scale, zero_point = (output.scales[0], output.zero_points[0]) if output else (1.0, 0)
    # A name goes into a C string and through the serial protocol.
    name = "".join(each if each.isalnum() or each in "-_." else "-" for each in model.name)
    return f"""#ifndef EDGEBENCH_MODEL_CONFIG_H
#define EDGEBENCH_MODEL_CONFIG_H

#define MODEL_NAME "{name}"
#define MODEL_SHA "{model.sha256[:8]}"
#define MODEL_INPUT_BYTES {network.input.elements}U
#define MODEL_INPUT_TEXT "{network.input.elements}"
#define MODEL_OUTPUT_BYTES {network.output.elements}U
#define MODEL_OUTPUT_TEXT "{network.output.elements}"
#define MODEL_OUTPUT_SCALE {_c_float(scale)}
#define MODEL_OUTPUT_ZERO_POINT ({zero_point})

#endif
"""


def _constants(layers: Sequence[Layer]) -> Iterable[str]:
    yield '#include <stdint.h>\n\n#include "align.h"\n'
    for layer in layers:
        name = f"layer_{layer.index}"
        if isinstance(layer.kind, DspConv | DspDepthwise | DspDense):
            yield f"\n/* {_title(layer)} */\n"
            yield from _dsp_constants(layer.kind, name)
        weighted = getattr(layer.kind, "weighted", None)
        if weighted is None:
            continue
        yield f"\n/* {_title(layer)} */\n"
        # Kernels may read whole words.
        weights = weighted.weights.reshape(-1)
        yield "ALIGNED_4 " + _array(f"const int8_t {name}_weights", weights)
        if weighted.bias is not None:
            yield _array(f"const int32_t {name}_bias", weighted.bias)
        values = [each.value for each in weighted.multipliers]
        yield _array(f"const int32_t {name}_multipliers", values)
        yield _array(f"const int8_t {name}_shifts", [each.shift for each in weighted.multipliers])


def _dsp_constants(kind: DspKind, name: str) -> Iterable[str]:
    for field in ("weights", "bias"):
        values = getattr(kind, field)
        declaration = f"const {C_TYPES[values.dtype.name]} {name}_{field}"
        yield "ALIGNED_4 " + _array(declaration, values)
    rows = [f"{{{each.multiplier}, {each.offset}, {each.shift}}}" for each in kind.scales]
    body = ",\n    ".join(rows)
    yield f"static const struct dsp_scale {name}_scales[{len(rows)}] = {{\n    {body}}};\n"


def _array(declaration: str, values: Iterable[Any]) -> str:
    numbers = [str(int(value)) for value in values]
    lines = [
        ", ".join(numbers[start : start + PER_LINE]) for start in range(0, len(numbers), PER_LINE)
    ]
    body = ",\n    ".join(lines)
    return f"static {declaration}[{len(numbers)}] = {{\n    {body}}};\n"


def _model(layers: Sequence[Layer], network: Network, plan: Plan, kernels: str) -> str:
    used = {network.input.index: "input", plan.roots[network.output.index]: "output"}

    def place(tensor: int) -> str:
        root = plan.roots[tensor]
        return used.get(root) or f"&arena[{plan.offsets[root]}]"

    own = [f'"{folder}.h"' for folder in KERNELS[kernels]]
    headers = ('"model.h"', "", "<stddef.h>", "", '"align.h"', *own, f'"{CONSTANTS_FILE}"')
    parts = ["".join(f"#include {each}\n" if each else "\n" for each in headers)]
    size_bytes = plan.size_bytes + _scratch_bytes(layers)
    if size_bytes:
        parts.append(f"\nALIGNED_4 static int8_t arena[{size_bytes}];\n")
    calls = []
    for layer in layers:
        name = f"layer_{layer.index}"
        body = _struct(layer.kind, name)
        parts.append(f"\n/* {_title(layer)} */\nstatic const struct {STRUCTS[type(layer.kind)]} "
                     f"{name} = {body};\n")  # fmt: skip
        places = [place(each) for each in (*layer.inputs, layer.output)]
        if hasattr(layer.kind, "scratch_bytes"):
            places.append(f"&arena[{plan.size_bytes}]")
        arguments = ", ".join(places)
        calls.append(f"    {layer.function}(&{name}, {arguments});\n")
    parts.append("\nvoid model_invoke(const int8_t *input, int8_t *output)\n{\n")
    parts += [*calls, "}\n"]
    return "".join(parts)


def _title(layer: Layer) -> str:
    return f"{layer.index}: {layer.op_name}"


def _struct(value: Any, name: str) -> str:
    """Return a layer as a C initializer; multipliers become a value and a shift."""
    if isinstance(value, Weighted):
        bias = "NULL" if value.bias is None else f"{name}_bias"
        return (
            f"{{.weights = {name}_weights, .bias = {bias}, .multipliers = {name}_multipliers, "
            f".shifts = {name}_shifts, .input_zero_point = {value.input_zero_point}, "
            f".output_zero_point = {value.output_zero_point}, "
            f".output = {_struct(value.output, name)}}}"
        )
    parts = []
    for field in fields(value):
        each = getattr(value, field.name)
        if field.name in ("weights", "bias", "scales"):
            parts.append(f".{field.name} = {name}_{field.name}")
        elif isinstance(each, Multiplier):
            shift = field.name.replace("multiplier", "shift")
            parts += [f".{field.name} = {each.value}", f".{shift} = {each.shift}"]
        elif isinstance(each, tuple) and isinstance(each[0], Multiplier):
            values = ", ".join(str(one.value) for one in each)
            shifts = ", ".join(str(one.shift) for one in each)
            parts += [f".multipliers = {{{values}}}", f".shifts = {{{shifts}}}"]
        elif isinstance(each, tuple):
            parts.append(f".{field.name} = {{{', '.join(map(str, each))}}}")
        elif is_dataclass(each):
            parts.append(f".{field.name} = {_struct(each, name)}")
        else:
            parts.append(f".{field.name} = {each}")
    separator = ",\n    " if any("{" in part for part in parts) else ", "
    return "{" + separator.join(parts) + "}"


def _constant_bytes(kind: Any) -> int:
    if isinstance(kind, DspConv | DspDepthwise | DspDense):
        return int(kind.weights.nbytes + kind.bias.nbytes + 12 * len(kind.scales))
    weighted = getattr(kind, "weighted", None)
    if weighted is None:
        return 0
    bias = 0 if weighted.bias is None else weighted.bias.nbytes
    return int(weighted.weights.nbytes + bias + 5 * len(weighted.multipliers))


def _c_float(value: float) -> str:
    text = repr(float(np.float32(value)))
    return f"{text if any(c in text for c in '.en') else text + '.0'}F"
