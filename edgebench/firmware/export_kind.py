"""The kinds of project that a network's C is exported as; light, for the command line."""

from __future__ import annotations

from typing import Literal

ExportKind = Literal["cmake", "make", "zephyr", "arduino"]
"""Each has its files in ``firmware_host/exports``."""
