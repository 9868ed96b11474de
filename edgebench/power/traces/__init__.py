"""Recorded power: traces and their files."""
