"""Machines over SSH: edgebench runs there, timed by its own clock, and its runs come back."""
