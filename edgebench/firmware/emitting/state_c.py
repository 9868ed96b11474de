"""Write what a network keeps between inferences: its memory, and the function that resets it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from edgebench.firmware.emitting import c_text
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.layers import Network
from edgebench.firmware.planning.arena import ALIGNMENT_BYTES
from edgebench.firmware.recurrent_layers import State

INCLUDES = ("<string.h>",)
"""Headers for the function that resets."""
_DECLARED = """
/* Bytes that are kept between inferences: one goes on where the one before it ended. */
#define {macros}_STATE_BYTES {size}U

/* Begin again, as before the first inference. It must not overlap an inference in time. */
void {network}_reset(void);
"""
_BEGUN = """
static bool is_begun;
"""
_RESET = """
void {network}_reset(void)
{{
{body}    is_begun = true;
}}
"""
BEGIN = """    if (!is_begun) {{
        {network}_reset();
    }}
"""
"""The first lines of an inference."""


def state_bytes(network: Network) -> int:
    """Return how much memory is kept between inferences, as it is aligned."""
    return sum(_aligned(state.initial.nbytes) for state in network.states)


def declared(network: Network, names: CNames) -> str:
    """Return the header's part; nothing for a network that keeps nothing."""
    size = state_bytes(network)
    return _DECLARED.format(macros=names.macros, network=names.network, size=size) if size else ""


def name_of(tensor: int) -> str:
    """Return what the memory of a tensor that is kept is called."""
    return f"state_{tensor}"


def constants(network: Network, names: CNames) -> Iterable[str]:
    """Return what tensors hold first, where that is more than one value."""
    for state in network.states:
        if not _is_filled(state):
            yield "\n" + c_text.array(_first_name(state), state.initial, names)


def constant_bytes(network: Network) -> int:
    """Return the bytes of `constants`."""
    return sum(each.initial.nbytes for each in network.states if not _is_filled(each))


def memory(network: Network, names: CNames) -> Iterable[str]:
    """Return the definitions of the memory, and of the function that resets it."""
    if not network.states:
        return
    body = ""
    for state in network.states:
        name, size = name_of(state.tensor), state.initial.nbytes
        yield f"\n{names.kernels.upper()}ALIGNED_4 static int8_t {name}[{_aligned(size)}];\n"
        if _is_filled(state):
            body += f"    (void)memset({name}, {state.initial[0]}, {size}U);\n"
        else:
            body += f"    (void)memcpy({name}, {_first_name(state)}, {size}U);\n"
    yield _BEGUN
    yield _RESET.format(network=names.network, body=body)


def _is_filled(state: State) -> bool:
    """Whether all bytes are the same."""
    return bool(np.all(state.initial == state.initial[0]))


def _first_name(state: State) -> str:
    return f"first_{state.tensor}"


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
