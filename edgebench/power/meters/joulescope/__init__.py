"""Jetperch's Joulescopes."""
