"""Find the firmware's own C: ``firmware_host/`` of the checkout or of the wheel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgebench.registry import packaged_data

CORE = ("core", "protocol")
"""The folders of what every image has besides its network, kernels and port."""
PORTABLE, DSP, HELIUM = "portable", "dsp", "helium"
KERNELS: Mapping[str, tuple[str, ...]] = {
    PORTABLE: ("kernels",),
    DSP: ("kernels", "kernels_dsp"),
    HELIUM: ("kernels", "kernels_dsp", "kernels_mve"),
}
"""The folders with each family of kernels, the most portable first."""


def firmware_folder() -> Path:
    """Return the folder with the firmware's own C."""
    return packaged_data() / "firmware_host"


def sources(*parts: str) -> list[Path]:
    """Return the C files, and those in assembly, of parts of the firmware, sorted."""
    return [each for part in parts for each in sorted((firmware_folder() / part).glob("*.[cS]"))]


def headers(*parts: str) -> list[Path]:
    """Return the headers of parts of the firmware, sorted."""
    return [each for part in parts for each in sorted((firmware_folder() / part).glob("*.h"))]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a template with every ``@KEY@`` replaced by its value."""
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
