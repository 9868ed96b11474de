"""What is the same in every package with TensorFlow Lite's interpreter for Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgebench.runtime_settings import Resolver

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
