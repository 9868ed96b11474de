"""Inputs that each of MLPerf Tiny's benchmarks sends its device.

Source: mlcommons/tiny, benchmark/reference_submissions/*/submitter_implemented.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

TinyInput = Literal["int8", "uint8", "float32"]
TinyBenchmark = Literal["kws01", "ic01", "ic02", "vww01", "ad01", "sww01"]

TINY_INPUTS: Mapping[TinyBenchmark, TinyInput] = {
    "kws01": "int8",
    "ic01": "uint8",
    "ic02": "uint8",
    "vww01": "uint8",
    "ad01": "float32",
    "sww01": "int8",
}
"""int8 is the model's own; uint8 are pixels, 128 more than int8; float32 are real values, and the
device answers with one score.
"""
