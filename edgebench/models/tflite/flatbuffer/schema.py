"""The TensorFlow Lite flatbuffer schema, from whichever package carries it here.

LiteRT ships the newest; the `tflite` package is what a 32-bit Pi installs instead.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

from edgebench.errors import RuntimeMissing

_PACKAGES = ("ai_edge_litert.schema_py_generated", "tflite")
_LITERT = _PACKAGES[0]
_imported_here: set[str] = set()


@cache
def schema() -> ModuleType:
    """Return the module with the generated classes.

    Raises
    ------
    RuntimeMissing
        If neither package is installed.
    """
    for package in _PACKAGES:
        was_there = package in sys.modules
        try:
            found = importlib.import_module(package)
        except ImportError:
            continue
        if not was_there:
            _imported_here.add(package)
        return found
    raise RuntimeMissing(
        "Reading a .tflite needs its schema: `pip install ai-edge-litert`, or `pip install tflite`"
    )


def forget_schema() -> None:
    """Let go of LiteRT's classes, 4 MB, once a model has been read; `schema` loads them again.

    What somebody else imported stays.
    """
    schema.cache_clear()
    if _LITERT in _imported_here:
        _imported_here.discard(_LITERT)
        package, _, module = _LITERT.rpartition(".")
        vars(importlib.import_module(package)).pop(module, None)
        sys.modules.pop(_LITERT, None)


@cache
def names_of(enumeration: str) -> dict[int, str]:
    """Return an enumeration of the schema as a table from number to name."""
    values: dict[str, Any] = vars(getattr(schema(), enumeration))
    return {number: name for name, number in values.items() if isinstance(number, int)}
