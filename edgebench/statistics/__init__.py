"""Intervals, trends and changes."""
