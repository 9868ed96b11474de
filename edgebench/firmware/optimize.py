"""Flash against speed."""

from __future__ import annotations

from typing import Literal

Optimize = Literal["size", "balanced", "speed"]
SIZE: Optimize = "size"
BALANCED: Optimize = "balanced"
SPEED: Optimize = "speed"
OPTIMIZE: tuple[Optimize, ...] = (SIZE, BALANCED, SPEED)
"""The portable kernels alone, which are smallest; the processor's; those with widened weights."""
