"""Ops with weights, and products of matrices."""
