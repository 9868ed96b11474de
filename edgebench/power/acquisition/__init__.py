"""Read meters and align their clocks."""
