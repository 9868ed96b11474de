"""Power meters and energy: what a meter is, its samples, and joules with an uncertainty."""
