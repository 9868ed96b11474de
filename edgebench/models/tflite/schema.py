"""The TensorFlow Lite flatbuffer schema, from whichever package carries it here.

LiteRT ships the newest; the `tflite` package is what a 32-bit Pi installs instead.
"""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType
from typing import Any

from edgebench.errors import RuntimeMissing

_PACKAGES = ("ai_edge_litert.schema_py_generated", "tflite")


@cache
def schema() -> ModuleType:
    """Return the module with the generated classes.

    Raises
    ------
    RuntimeMissing
        If neither package is installed.
    """
    for package in _PACKAGES:
        try:
            return importlib.import_module(package)
        except ImportError:
            continue
    raise RuntimeMissing(
        "Reading a .tflite needs its schema: `pip install ai-edge-litert`, or `pip install tflite`"
    )


@cache
def names_of(enumeration: str) -> dict[int, str]:
    """Return an enumeration of the schema as a table from number to name."""
    values: dict[str, Any] = vars(getattr(schema(), enumeration))
    return {number: name for name, number in values.items() if isinstance(number, int)}
