"""Flash against speed."""

SIZE, BALANCED, SPEED = "size", "balanced", "speed"
OPTIMIZE = (SIZE, BALANCED, SPEED)
"""The portable kernels alone, which are smallest; the processor's; those with widened weights."""
