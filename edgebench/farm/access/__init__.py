"""What a worker does to its target: take it, run on it, let it go."""
