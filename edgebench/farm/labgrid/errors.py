"""Errors of labgrid's farm."""

from __future__ import annotations

from edgebench.errors import DeviceLost


class FarmUnreachable(DeviceLost):
    """The coordinator does not answer."""


class PlaceTaken(DeviceLost):
    """Somebody else holds a place, or it can't be had now."""
