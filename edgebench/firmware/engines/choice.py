"""Choose the kernels of every layer."""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.firmware.c_files import DSP, HELIUM, PORTABLE
from edgebench.firmware.engines.dsp import for_dsp
from edgebench.firmware.engines.mve import for_mve
from edgebench.firmware.layers import Network
from edgebench.firmware.optimize import BALANCED, SIZE, SPEED

CHANNELS_TOGETHER: Mapping[str, int] = {PORTABLE: 1, DSP: 4, HELIUM: 8}
"""How many channels the kernels of depthwise convolutions take at a time."""

WIDENS = frozenset({DSP})
"""Families with kernels for widened weights."""


def note_on(kernels: str, optimize: str) -> str:
    """Return what a user should know of a choice that changes nothing; empty where it does."""
    if optimize != SPEED or kernels in WIDENS:
        return ""
    return f"{SPEED} is the same as {BALANCED} here: the {kernels} kernels have no widened weights"


def packed(network: Network, kernels: str, optimize: str) -> Network:
    """Return a network whose layers are packed for a family of kernels.

    Parameters
    ----------
    kernels
        A key of `edgebench.firmware.c_files.KERNELS`.
    optimize
        One of `edgebench.firmware.optimize.OPTIMIZE`.
    """
    if optimize == SIZE:
        return network
    if kernels == DSP:
        return for_dsp(network, wide=optimize == SPEED)
    return for_mve(network) if kernels == HELIUM else network
