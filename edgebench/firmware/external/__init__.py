"""Engines of others in place of edgebench's kernels: they are behind the same function."""
