"""Access to a worker's target: take it, run on it, release it."""
