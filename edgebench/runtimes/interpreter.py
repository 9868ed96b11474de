"""Use TensorFlow Lite's interpreter for Python, from whichever package has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.runtime_settings import Resolver

RESOLVERS: dict[Resolver, str] = {
    "default": "AUTO",
    "reference": "BUILTIN_REF",
    "no-delegate": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
}
"""The OpResolverType that each of our names stands for."""
_NODE = re.compile(r"Node number (\d+) \((\S+)\) failed to (prepare|invoke)")
"""How the runtimes name the op that failed, after what is wrong with it."""


def new_interpreter(
    module: ModuleType,
    content: bytes | Path,
    resolver: Resolver,
    threads: int = 1,
    delegates: Sequence[Any] = (),
    keep_tensors: bool = False,
) -> Any:
    """Return an interpreter of a module that `InterpreterDriver.load_interpreter` gave.

    Parameters
    ----------
    content
        A model's bytes, or its file, which is mapped and not copied.
    keep_tensors
        Whether the tensors between ops can be read after a run.
    """
    options: dict[str, Any] = {"experimental_preserve_all_tensors": True}
    is_file = isinstance(content, Path)
    return module.Interpreter(
        **({"model_path": str(content)} if is_file else {"model_content": content}),
        num_threads=threads,
        experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS[resolver]),
        experimental_delegates=list(delegates) or None,
        **(options if keep_tensors else {}),
    )


def run_first(
    interpreter: Any, details: Sequence[Mapping[str, Any]], inputs: Sequence[NDArray[Any]]
) -> None:
    """Run an interpreter whose tensors are allocated on one sample.

    Parameters
    ----------
    details
        What the interpreter says of its inputs, in the order of `inputs`.
    inputs
        One array per input, in the model's own numbers; every sample of a batch gets the same.
    """
    for tensor, values in zip(details, inputs, strict=True):
        # An input may be given without its leading batch of 1.
        shape = tuple(int(size) for size in tensor["shape"])
        fits = values.size == prod(shape)
        batch = values.reshape(shape) if fits else np.broadcast_to(values, shape)
        interpreter.set_tensor(tensor["index"], batch.astype(tensor["dtype"], copy=False))
    interpreter.invoke()


def fault_of(error: Exception) -> str:
    """Return what a runtime's error says in one line, with the op that it is about in front.

    Examples
    --------
    >>> fault_of(RuntimeError("Division by 0Node number 0 (DIV) failed to invoke."))
    'op 0, DIV, failed to invoke: Division by 0'
    """
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    found = _NODE.search(str(error))
    if found is None:
        return said or type(error).__name__
    why = str(error)[: found.start()].strip().partition("\n")[0]
    number, name, step = found.groups()
    return f"op {number}, {name}, failed to {step}" + (f": {why}" if why else "")


def on_samples(indices: Sequence[int], error: Exception) -> str:
    """Return what a runtime's error says, with the samples that it was running."""
    what = "sample" if len(indices) == 1 else "samples"
    where = f"on {what} {', '.join(map(str, indices))}"
    return f"{where}: {fault_of(error)}. Are the values what the model was made for?"
