"""Layers that make an image larger or smaller by mixing pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Between:
    """A place between two rows or columns; ``share`` of the one behind is in steps of 1/1024."""

    before: int
    behind: int
    share: int


@dataclass(frozen=True)
class Bilinear:
    """RESIZE_BILINEAR."""

    rows: tuple[Between, ...]
    columns: tuple[Between, ...]
    output_height: int
    output_width: int
    input_width: int
    channels: int


@dataclass(frozen=True)
class BetweenReal:
    """A place between two rows or columns; ``share`` of the one behind is a float32."""

    before: int
    behind: int
    share: float


@dataclass(frozen=True)
class BilinearReal:
    """RESIZE_BILINEAR of uint8, which the reference computes in float32."""

    rows: tuple[BetweenReal, ...]
    columns: tuple[BetweenReal, ...]
    output_height: int
    output_width: int
    input_width: int
    channels: int
