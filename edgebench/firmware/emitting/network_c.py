"""Write a network's constants and its straight line of calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from edgebench.firmware import wide_layers
from edgebench.firmware.c_files import KERNELS
from edgebench.firmware.copying_layers import Alias, Fill, Gather, Move, MoveTable, Nearest
from edgebench.firmware.emitting import c_text, state_c
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.packed_by import checks
from edgebench.firmware.engines.dsp import DspAdd, DspConv, DspDense, DspDepthwise
from edgebench.firmware.engines.mve import MveConv, MveDense, MveDepthwise
from edgebench.firmware.engines.requantize import Scale
from edgebench.firmware.layers import (
    Add,
    Conv,
    Dense,
    Dequantize,
    Extreme,
    Layer,
    Mul,
    Network,
    Pool,
    Prelu,
    Quantize,
    SomeChannels,
    Table,
    TransposeConv,
    Weighted16,
)
from edgebench.firmware.planning.arena import Plan, kept_tensors
from edgebench.firmware.recurrent_layers import Lstm, Matrix, Svdf
from edgebench.firmware.reducing_layers import L2Normalization, Mean, Reduce, Softmax
from edgebench.firmware.resizing_layers import Between, BetweenReal, Bilinear, BilinearReal
from edgebench.firmware.wide_layers import WIDE_FUNCTIONS

STRUCTS: Mapping[type[Any], str] = {
    **wide_layers.STRUCTS,
    MveConv: "mve_conv",
    MveDepthwise: "mve_depthwise",
    MveDense: "mve_dense",
    DspConv: "dsp_conv",
    DspDepthwise: "dsp_depthwise",
    DspDense: "dsp_dense",
    DspAdd: "dsp_add",
    Conv: "conv",
    SomeChannels: "some_channels",
    Dense: "dense",
    TransposeConv: "transpose_conv",
    Lstm: "lstm_layer",
    Svdf: "svdf_layer",
    Matrix: "matrix_layer",
    Pool: "pool_layer",
    Add: "add_layer",
    Mul: "mul_layer",
    Mean: "mean_layer",
    Softmax: "softmax_layer",
    Table: "table_layer",
    Quantize: "quantize_layer",
    Dequantize: "dequantize_layer",
    Move: "move_layer",
    MoveTable: "move_table_layer",
    Fill: "fill_layer",
    Prelu: "prelu_layer",
    Extreme: "extreme_layer",
    Reduce: "reduce_layer",
    Gather: "gather_layer",
    Nearest: "nearest_layer",
    Bilinear: "bilinear_layer",
    BilinearReal: "bilinear_real_layer",
    L2Normalization: "l2_normalization_layer",
}
ROWS: Mapping[type[Any], str] = {
    Scale: "dsp_scale",
    Between: "between",
    BetweenReal: "between_real",
}
"""Structs of which a layer has an array."""


def constants(layers: Sequence[Layer], network: Network, names: CNames) -> Iterable[str]:
    """Return the parts of the file of weights and tables."""
    yield f'#include <stdint.h>\n\n#include "{names.kernels}platform.h"\n'
    for tensor, values in network.constants.items():
        yield "\n" + c_text.array(f"tensor_{tensor}", values, names)
    yield from state_c.constants(network, names)
    for layer in layers:
        found = list(_arrays(layer.kind, layer.name, names))
        if found:
            yield f"\n/* {_title(layer)} */\n"
            yield from found


def calls(network: Network, plan: Plan, kernels: str, names: CNames, *, profile: bool) -> str:
    """Return the C file with the layers' structs and the function that calls the kernels."""
    own = [f'"{names.kernels}{folder}.h"' for folder in KERNELS[kernels]]
    headers = (
        f'"{names.header}"',
        "",
        "<stdbool.h>",
        "<stddef.h>",
        *(state_c.INCLUDES if network.states else ()),
        "",
        f'"{names.kernels}platform.h"',
        *own,
        f'"{names.constants}"',
    )
    parts = ["".join(f"#include {each}\n" if each else "\n" for each in headers)]
    parts.append(checks(kernels, names))
    if plan.size_bytes:
        parts.append(
            f"\n{names.kernels.upper()}ALIGNED_4 static int8_t arena[{plan.size_bytes}];\n"
        )
    parts += state_c.memory(network, names)
    body, step = [], 0
    if network.states:
        body.append(state_c.BEGIN.format(network=names.network))
    for place, layer in enumerate(network.layers):
        if isinstance(layer.kind, Alias):
            continue
        parts.append(
            f"\n/* {_title(layer)} */\nstatic const struct {names.kernels}{_struct(layer.kind)} "
            f"{layer.name} = {c_text.initializer(layer.kind, layer.name)};\n"
        )
        arguments = ", ".join(_arguments(place, network, plan))
        body.append(_call(f"{names.kernels}{layer.function}({arguments});", layer.times))
        if profile:
            body.append(f"    {names.network}_step({step}U);\n")
        step += 1
    parts.append(f"\nvoid {names.network}_invoke(const int8_t *input, int8_t *output)\n{{\n")
    return "".join([*parts, *body, "}\n"])


def _arrays(value: Any, name: str, names: CNames) -> Iterable[str]:
    """Return the arrays that a layer's struct refers to."""
    for field in fields(value):
        each = getattr(value, field.name)
        if isinstance(each, np.ndarray):
            yield c_text.array(f"{name}_{field.name}", each, names)
        elif c_text.is_rows(each):
            struct = f"{names.kernels}{ROWS[type(each[0])]}"
            yield c_text.rows(struct, f"{name}_{field.name}", each)
        elif is_dataclass(each):
            yield from _arrays(each, name, names)


def _call(call: str, times: int) -> str:
    """Return a call as a statement, repeated for each sample of a batch."""
    if times == 1:
        return f"    {call}\n"
    loop = f"for (int32_t sample = 0; sample < {times}; sample++)"
    return f"    {loop} {{\n        {call}\n    }}\n"


def _arguments(place: int, network: Network, plan: Plan) -> Iterable[str]:
    layer = network.layers[place]
    blocks = {root: ("arena", offset) for root, offset in plan.offsets.items()}
    blocks |= {each.tensor.index: ("input", each.offset) for each in network.inputs}
    blocks |= {plan.roots[each.tensor.index]: ("output", each.offset) for each in network.outputs}
    is_wide = _is_wide(layer.kind) or layer.function in WIDE_FUNCTIONS
    kept = kept_tensors(network)

    def pointer(tensor: int, qualifier: str) -> str:
        root = plan.roots[tensor]
        sample, stored = network.tensors[tensor].size_bytes // layer.times, "int8"
        if root in network.constants:
            values = network.constants[root]
            block, stored = (f"tensor_{root}", 0), values.dtype.name
            sample = values.size // layer.times
        elif root in kept:
            block = (state_c.name_of(root), 0)
        else:
            block = blocks[root]
        text = _at(*block, sample if layer.times > 1 else 0)
        wanted = "int16" if is_wide else "int8"
        return text if stored == wanted else f"({qualifier}{wanted}_t *)({qualifier}void *){text}"

    yield f"&{layer.name}"
    for tensor in layer.inputs:
        yield pointer(tensor, "const ")
    for tensor in layer.states:
        yield pointer(tensor, "")
    yield pointer(layer.output, "")
    if hasattr(layer.kind, "scratch_bytes"):
        yield f"&arena[{plan.scratch[place]}]" if place in plan.scratch else "NULL"


def _at(block: str, offset: int, sample_size: int) -> str:
    """Return where a tensor lies in a block of memory, or one sample of it."""
    if sample_size:
        return f"&{block}[{offset} + (sample * {sample_size})]"
    return block if not offset and block != "arena" else f"&{block}[{offset}]"


def _struct(kind: Any) -> str:
    return STRUCTS[type(kind)] + ("_16x8" if _is_wide(kind) else "")


def _is_wide(kind: Any) -> bool:
    return isinstance(getattr(kind, "weighted", None), Weighted16)


def _title(layer: Layer) -> str:
    return f"{layer.index}: {layer.op_name}"
