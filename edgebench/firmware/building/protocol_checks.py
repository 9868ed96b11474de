"""Check, when firmware is compiled, that its protocol's numbers are those of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edgebench.device.frames import REPORT
from edgebench.device.options import DEFAULT_BAUD
from edgebench.device.repair import BAUD_TRIAL_S, BINARY_SILENCE_S

FRAME_DATA_BYTES = 240
"""Of an input in one binary frame: ``EB_FRAME_DATA_BYTES``."""
HEADERS = ("eb_extensions.h", "eb_frame.h", "eb_port.h")
"""Where the firmware's numbers are."""
EQUAL: Mapping[str, int] = {
    "EB_FRAME_DATA_BYTES": FRAME_DATA_BYTES,
    "EB_FRAME_REPORT": REPORT,
    "EB_PORT_FIRST_BAUD": DEFAULT_BAUD,
}
"""Numbers that the firmware and the host must have alike."""
BELOW: Mapping[str, int] = {
    "EB_SILENCE_US": round(BINARY_SILENCE_S * 1e6),
    "EB_BAUD_TRIAL_US": round(BAUD_TRIAL_S * 1e6),
}
"""How long the firmware may wait: less than the host, which takes up where it gave up."""
FILE = "eb_protocol_checks.c"


def protocol_checks() -> dict[str, str]:
    """Return the C file, by its name, that does not compile where the numbers differ."""
    includes = "".join(f'#include "{each}"\n' for each in HEADERS)
    return {FILE: includes + "".join(_checks())}


def _checks() -> Iterator[str]:
    conditions = [
        *((name, f"{name} != {value}U", f"{value}") for name, value in EQUAL.items()),
        *((name, f"{name} >= {value}U", f"less than {value}") for name, value in BELOW.items()),
    ]
    for name, condition, wanted in conditions:
        yield f'\n#if {condition}\n#error "{name} must be {wanted}: edgebench has that"\n#endif\n'
