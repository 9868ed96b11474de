"""Intervals, trends and verdicts. Every one that edgebench states is computed here.

Nothing here knows a run, a dataset or a file: arrays of numbers go in, and scipy is the reference
that the tests compare with.
"""
