"""The processor's caches, as the kernel lists them."""

from __future__ import annotations

from pathlib import Path

CPU0 = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def last_level_cache_bytes(folder: Path = CPU0) -> int | None:
    """Return the size of the first processor's largest cache; None where nobody says it."""
    sizes = [_size(index) for index in folder.glob("index*/size")]
    return max((size for size in sizes if size), default=None)


def _size(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
        return int(text.rstrip("KMG")) * _UNITS.get(text[-1:], 1)
    except (OSError, ValueError):
        return None
