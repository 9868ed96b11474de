"""edgebench."""
