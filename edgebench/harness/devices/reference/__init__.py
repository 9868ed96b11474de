"""Comparison of outputs with reference kernels."""
