"""C source of a network, to be read by people: constants, straight-line calls, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from edgebench.errors import ModelNotSupported
from edgebench.firmware.c_files import PORTABLE
from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.emitting import state_c
from edgebench.firmware.emitting.c_text import is_rows
from edgebench.firmware.emitting.header import described, header
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.network_c import calls, constants
from edgebench.firmware.engines.choice import CHANNELS_TOGETHER, packed
from edgebench.firmware.layers import Layer, Network
from edgebench.firmware.optimize import BALANCED
from edgebench.firmware.planning.arena import plan_memory
from edgebench.firmware.planning.dead_channels import without_dead_channels
from edgebench.firmware.reading.network import read_network
from edgebench.models.resolve import Model

ROW_BYTES = 12
"""Of a struct of which a layer has an array: three int32 each."""


@dataclass(frozen=True)
class LayerCost:
    """Memory of a layer: bytes of constants, and bytes of the arena in use while it runs."""

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
    state_bytes: int = 0
    """Bytes that are kept between inferences."""


def emit(
    model: Model,
    kernels: str = PORTABLE,
    optimize: str = BALANCED,
    *,
    profile: bool = False,
    names: CNames | None = None,
) -> Source:
    """Return a model's C source.

    Parameters
    ----------
    kernels
        A key of `edgebench.firmware.c_files.KERNELS`.
    optimize
        One of `edgebench.firmware.optimize.OPTIMIZE`: what counts more, flash or speed.
    profile
        Whether ``<name>_step`` is called after each layer, for `edgebench profile`.
    names
        What names in C begin with; those that the firmware's core calls by default.

    Raises
    ------
    ModelNotSupported
        If the firmware lacks one of its ops.
    """
    chosen = names or CNames()
    network = without_dead_channels(read_network(model), CHANNELS_TOGETHER[kernels])
    network = packed(network, kernels, optimize)
    plan = plan_memory(network)
    counted: set[int] = set()  # a constant that several layers read is in flash once
    costs = tuple(
        LayerCost(layer, _constant_bytes(layer, network, counted), plan.alive_bytes[place])
        for place, layer in enumerate(network.layers)
        if not isinstance(layer.kind, Alias)
    )
    if not costs:
        raise ModelNotSupported(f"{model.label}: it computes nothing")
    title = (
        f"/* {described(model)['LABEL']}, SHA-256 {model.sha256}; written by edgebench: don't "
        "edit. */\n"
    )
    layers = [cost.layer for cost in costs]
    files = {
        chosen.header: header(model, network, chosen, len(layers) if profile else 0),
        chosen.constants: title + "".join(constants(layers, network, chosen)),
        chosen.source: title + calls(network, plan, kernels, chosen, profile=profile),
    }
    total = sum(cost.constant_bytes for cost in costs) + state_c.constant_bytes(network)
    return Source(files, plan.size_bytes, total, costs, state_c.state_bytes(network))


def _constant_bytes(layer: Layer, network: Network, counted: set[int]) -> int:
    """Return what a layer is the first to need."""
    operands = (set(layer.inputs) & network.constants.keys()) - counted
    counted |= operands
    return sum(network.constants[each].nbytes for each in operands) + _array_bytes(layer.kind)


def _array_bytes(value: Any) -> int:
    total = 0
    for field in fields(value):
        each = getattr(value, field.name)
        if isinstance(each, np.ndarray):
            total += each.nbytes
        elif is_rows(each):
            total += ROW_BYTES * len(each)
        elif is_dataclass(each):
            total += _array_bytes(each)
    return total
