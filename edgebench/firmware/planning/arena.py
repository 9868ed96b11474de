"""Where each activation, and what kernels work in, lies in the one arena."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgebench.firmware.copying_layers import Alias
from edgebench.firmware.layers import IN_PLACE, Layer, Network

ALIGNMENT_BYTES = 4
"""Kernels may read whole words."""


@dataclass(frozen=True)
class Plan:
    """Offsets in the arena; the model's inputs and outputs are the caller's memory.

    Attributes
    ----------
    offsets
        Of activations, by tensor number.
    scratch
        Of what a layer works in, by the layer's place in the network.
    roots
        Which tensor's memory a tensor is: another one's for a reshaped one, or for one that is
        written over the input that it is computed from.
    alive_bytes
        How much of the arena is in use at each layer.
    """

    offsets: Mapping[int, int]
    scratch: Mapping[int, int]
    size_bytes: int
    roots: Mapping[int, int]
    alive_bytes: tuple[int, ...]


@dataclass
class _Life:
    size_bytes: int
    first: int
    last: int


def plan_memory(network: Network) -> Plan:
    """Place activations, largest first, each at the lowest gap among those that live with it.

    The strategy is greedy-by-size of Pisarchyk and Lee (2001.03288). A layer's scratch memory is
    placed like an activation that lives for this layer only.
    """
    roots = _roots(network)
    given = {roots[number] for number in network.output_numbers}
    assert len(given) == len(network.outputs)  # noqa: S101 (`Outputs` gave each its own)
    lives = _lives(network, roots) | _scratch_lives(network)
    placed: dict[int, int] = {}
    for key in sorted(lives, key=lambda each: (-lives[each].size_bytes, each)):
        taken = ((offset, lives[other]) for other, offset in placed.items())
        placed[key] = _lowest_gap(lives[key], taken)
    return Plan(
        offsets={key: offset for key, offset in placed.items() if key >= 0},
        scratch={_scratch_key(key): offset for key, offset in placed.items() if key < 0},
        size_bytes=max((placed[each] + lives[each].size_bytes for each in placed), default=0),
        roots=roots,
        alive_bytes=tuple(
            sum(life.size_bytes for life in lives.values() if life.first <= place <= life.last)
            for place in range(len(network.layers))
        ),
    )


def _lowest_gap(life: _Life, taken: Iterable[tuple[int, _Life]]) -> int:
    """Return the lowest offset at which an activation fits between those that live with it."""
    start = 0
    for offset, other in sorted(taken, key=lambda each: each[0]):
        if other.first > life.last or life.first > other.last:
            continue
        if start + life.size_bytes <= offset:
            break
        start = max(start, offset + other.size_bytes)
    return start


def _scratch_lives(network: Network) -> dict[int, _Life]:
    """Return what layers work in, by keys that no tensor has as its number."""
    needed = (getattr(layer.kind, "scratch_bytes", 0) for layer in network.layers)
    return {
        _scratch_key(place): _Life(_aligned(size_bytes), place, place)
        for place, size_bytes in enumerate(needed)
        if size_bytes
    }


def _scratch_key(place: int) -> int:
    """Return the key of a layer's scratch memory; of a key, the layer's place."""
    return -1 - place


def kept_tensors(network: Network) -> tuple[int, ...]:
    """Return the tensors that have memory of their own, kept between inferences."""
    return tuple(state.tensor for state in network.states)


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def _roots(network: Network) -> dict[int, int]:
    """Return which tensor's memory each tensor is, writing over inputs where that is legal."""
    last_use = {
        tensor: place for place, layer in enumerate(network.layers) for tensor in layer.inputs
    }
    # The caller reads these in the end.
    last_use |= dict.fromkeys(network.output_numbers, len(network.layers))
    callers = {*_input_numbers(network), *network.constants, *kept_tensors(network)}
    roots = {tensor: tensor for tensor in callers}
    members: dict[int, list[int]] = {}
    for place, layer in enumerate(network.layers):
        if layer.output in roots:  # a later step of the same op
            continue
        root = layer.output
        if isinstance(layer.kind, Alias):
            root = roots[layer.inputs[0]]
        elif layer.function in IN_PLACE and layer.output not in network.output_numbers:
            for tensor in layer.inputs:
                source = roots[tensor]
                ends = max((last_use.get(each, 0) for each in members.get(source, ())), default=0)
                if source not in callers and ends == place and _same_size(network, tensor, layer):
                    root = source
                    break
        roots[layer.output] = root
        members.setdefault(root, []).append(layer.output)
    return roots


def _same_size(network: Network, tensor: int, layer: Layer) -> bool:
    return network.tensors[tensor].size_bytes == network.tensors[layer.output].size_bytes


def _input_numbers(network: Network) -> set[int]:
    return {each.tensor.index for each in network.inputs}


def _lives(network: Network, roots: Mapping[int, int]) -> dict[int, _Life]:
    outside = {*_input_numbers(network), *network.constants, *kept_tensors(network)}
    outside |= {roots[number] for number in network.output_numbers}
    lives: dict[int, _Life] = {}
    for place, layer in enumerate(network.layers):
        if isinstance(layer.kind, Alias):
            continue
        root = roots[layer.output]
        if root not in outside:
            size = _aligned(network.tensors[root].size_bytes)
            lives.setdefault(root, _Life(size, place, place)).last = place
        for tensor in layer.inputs:
            if roots[tensor] in lives:
                lives[roots[tensor]].last = place
    return lives
