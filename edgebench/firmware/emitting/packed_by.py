"""The kernels' constants that a network is packed by, and their check when it is compiled.

A network that meets the kernels of another version would compute nonsense in silence.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgebench.firmware.c_files import KERNELS
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.engines import candidate, dsp, mve
from edgebench.firmware.layers import RAISED, RAISED_16
from edgebench.firmware.loop_nest import LOOPS
from edgebench.firmware.reading.ops.convolution import weighted
from edgebench.firmware.reading.ops.data_movement import resizing
from edgebench.firmware.reading.ops.elementwise import quotients, wide
from edgebench.firmware.reading.ops.reduction import softmax

PACKED_BY: Mapping[str, Mapping[str, int]] = {
    "kernels": {
        "LOOP_NEST_DEPTH": LOOPS,
        "ADD_RAISED": RAISED,
        "ADD_RAISED_16": RAISED_16,
        "SOFTMAX_16_STEPS": wide.SOFTMAX_STEPS,
        "CURVE_16_VALUES": wide.CURVE_VALUES,
        "SQUARE_RAISED": quotients.RAISED,
        "SOFTMAX_DIFFERENCE_BITS": softmax.INTEGER_BITS,
        "BILINEAR_ONE": resizing.ONE,
        "16X8_MOST_LEFT_SHIFT": weighted.MOST_LEFT_SHIFT,
    },
    "kernels_dsp": {
        "DEPTHWISE_MOST_TAPS": candidate.MOST_DEPTHWISE_TAPS,
        "DSP_TAPS": dsp.TAPS,
        "DSP_GROUP": dsp.GROUP,
    },
    "kernels_mve": {
        "MVE_TAPS": mve.TAPS,
        "MVE_GROUP": mve.CHANNELS,
        "MVE_DEPTHWISE_GROUP": mve.DEPTHWISE_CHANNELS,
    },
}
"""By the kernels' folder: macros of its header, without the prefix, and their values."""


def checks(kernels: str, names: CNames) -> str:
    """Return preprocessor lines that stop a build with other kernels."""
    prefix = names.kernels.upper()
    return "".join(
        f"\n#if {prefix}{macro} != {value}\n"
        f'#error "packed for {prefix}{macro} {value}: write the network and the kernels again"\n'
        "#endif\n"
        for folder in KERNELS[kernels]
        for macro, value in PACKED_BY[folder].items()
    )
