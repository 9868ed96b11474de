"""Ops that compute value by value: arithmetic, curves, and changes of scale or type."""
