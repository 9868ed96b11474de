"""The inference runtimes that edgebench knows, and whether they are here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import numpy as np

from edgebench.errors import RuntimeMissing
from edgebench.runtime_settings import Resolver


@dataclass(frozen=True)
class Runtime:
    """A Python package with a TensorFlow Lite interpreter."""

    name: str
    module: str
    distribution: str
    install: str

    @property
    def version(self) -> str | None:
        """Its installed version, or None."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None

    def load(self) -> ModuleType:
        """Import it.

        Raises
        ------
        RuntimeMissing
            If it is not installed, or can't be imported on this machine.
        """
        try:
            return importlib.import_module(self.module)
        except ImportError as error:
            raise RuntimeMissing(
                f"the runtime {self.name} is not usable here ({error}); {self.install}"
            ) from error


RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        Runtime(
            "litert",
            "ai_edge_litert.interpreter",
            "ai-edge-litert",
            "`pip install ai-edge-litert` (64-bit Linux, Python 3.10 to 3.14)",
        ),
        Runtime(
            "tflite-runtime",
            "tflite_runtime.interpreter",
            "tflite-runtime",
            "`pip install 'edgebench[tflite-runtime]'` (Python 3.11 or older, numpy<2)",
        ),
    )
}

RESOLVERS: dict[Resolver, str] = {
    "default": "AUTO",
    "reference": "BUILTIN_REF",
    "no-delegate": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
}
"""The OpResolverType that each of our names stands for."""


def run_first(interpreter: Any) -> None:
    """Run an interpreter for the first time, on zeros.

    What lies in memory that is new may be no row of a table: a model that looks rows up refuses.
    """
    for tensor in interpreter.get_input_details():
        if len(tensor["shape"]):
            interpreter.tensor(tensor["index"])()[...] = 0
        else:
            # Both runtimes give a scalar's value, not its memory.
            interpreter.set_tensor(tensor["index"], np.zeros((), tensor["dtype"]))
    interpreter.invoke()
