"""Ops that copy values: other shapes and orders, parts, repeats, resized images."""
