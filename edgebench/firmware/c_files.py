"""Find the firmware's own C: ``firmware_host/`` of the checkout or of the wheel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def folders(*parts: str) -> list[Path]:
    """Return the folders of parts of the firmware; kernels have one per kind of op as well."""
    return [each for part in parts for each in _folders(part)]


def _folders(part: str) -> Iterator[Path]:
    yield (folder := firmware_folder() / part)
    if part in KERNELS[HELIUM]:
        yield from sorted(each for each in folder.iterdir() if each.is_dir())


def sources(*parts: str) -> list[Path]:
    """Return the C files, and those in assembly, of parts of the firmware, sorted by folder."""
    return [each for folder in folders(*parts) for each in sorted(folder.glob("*.[cS]"))]


def headers(*parts: str) -> list[Path]:
    """Return the headers of parts of the firmware, sorted by folder."""
    return [each for folder in folders(*parts) for each in sorted(folder.glob("*.h"))]


def include_flags(*parts: str) -> list[str]:
    """Return a compiler's flags that let it find the headers of parts of the firmware."""
    return [f"-I{folder}" for folder in folders(*parts)]


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a template with every ``@KEY@`` replaced by its value."""
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
