"""How a device's port is opened, and how carefully a device is talked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reset = Literal["open", "leave", "pulse"]
"""The use of DTR and RTS when a port is opened: `LinkOptions`."""
Verify = Literal["auto", "never"]
"""Whether what was loaded and what came is compared."""
InputFormat = Literal["auto", "int8", "uint8", "float32"]
"""The type in which an input is sent; ``auto`` takes what the device accepts."""
DEFAULT_BAUD = 115200
DEFAULT_RETRIES = 5
"""At one lost byte in 1,000 an exchange fails one time in 10: six in a row are one in a million."""


@dataclass(frozen=True)
class LinkOptions:
    """How a port is opened.

    ``reset`` sets what DTR and RTS do at opening: ``leave`` (neither is raised: boards that
    reset on them stay as they are, where the driver allows that), ``open`` (both are raised, as
    terminals do), ``pulse`` (DTR and RTS are let go and raised again: the usual auto-reset).
    """

    baud: int = DEFAULT_BAUD
    reset: Reset = "open"
