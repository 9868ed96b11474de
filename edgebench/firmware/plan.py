"""Where each activation lies in the one arena."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgebench.firmware.layers import Alias, Network

ALIGNMENT_BYTES = 4
"""Kernels may read whole words."""


@dataclass(frozen=True)
class Plan:
    """Offsets of activations by tensor number; the input's and the output's are not in it."""

    offsets: Mapping[int, int]
    size_bytes: int
    roots: Mapping[int, int]
    """Which tensor's memory a tensor is: another one's for a reshaped one."""


@dataclass
class _Life:
    size_bytes: int
    first: int
    last: int


def plan_memory(network: Network) -> Plan:
    """Place activations, largest first, each at the lowest gap among those that live with it.

    The strategy is greedy-by-size of Pisarchyk and Lee (2001.03288). The model's input and
    output are the caller's memory.
    """
    roots = _roots(network)
    lives = _lives(network, roots)
    placed: dict[int, int] = {}
    for tensor in sorted(lives, key=lambda each: (-lives[each].size_bytes, each)):
        life = lives[tensor]
        start = 0
        for other in sorted(placed, key=lambda each: placed[each]):
            if lives[other].first > life.last or life.first > lives[other].last:
                continue
            if start + life.size_bytes <= placed[other]:
                break
            start = max(start, placed[other] + lives[other].size_bytes)
        placed[tensor] = start
    size = max((placed[each] + lives[each].size_bytes for each in placed), default=0)
    return Plan(placed, size, roots)


def _roots(network: Network) -> dict[int, int]:
    roots: dict[int, int] = {network.input.index: network.input.index}
    for layer in network.layers:
        is_alias = isinstance(layer.kind, Alias)
        roots[layer.output] = roots[layer.inputs[0]] if is_alias else layer.output
    return roots


def _lives(network: Network, roots: Mapping[int, int]) -> dict[int, _Life]:
    outside = {network.input.index, roots[network.output.index]}
    lives: dict[int, _Life] = {}
    for place, layer in enumerate(network.layers):
        if isinstance(layer.kind, Alias):
            continue
        if layer.output not in outside:
            elements = network.tensors[layer.output].elements
            size = -(-elements // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
            lives[layer.output] = _Life(size, place, place)
        for tensor in layer.inputs:
            if roots[tensor] in lives:
                lives[roots[tensor]].last = place
    return lives
