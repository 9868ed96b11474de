"""Tables of runs and results."""
