"""Generated networks as shared libraries, to be called from here; and what they must give."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.building.host import host_compiler, run_tool
from edgebench.firmware.c_files import CORE, firmware_folder, sources
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import Model
from edgebench.runtimes.drivers import interpreter_driver
from edgebench.runtimes.interpreter import RESOLVERS

SANITIZE = ("-fsanitize=undefined", "-fno-sanitize-recover=all")
Run = Callable[[NDArray[Any]], NDArray[Any]]
NUMBERS = count()
"""A process lets go of nothing that it has loaded: names must differ."""


class Compiled:
    """A generated network as a function from an input's to the output's numbers."""

    def __init__(self, model: Model, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._source, self._output = model.facts.inputs[0], model.facts.outputs[0]

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        taken = np.ascontiguousarray(values, self._source.dtype)
        result = np.zeros(self._output.elements, self._output.dtype)
        self._library.eb_model_invoke(
            taken.ctypes.data_as(ctypes.c_void_p), result.ctypes.data_as(ctypes.c_void_p)
        )
        return result

    def reset(self) -> None:
        """Begin again, as before the first inference."""
        self._library.eb_model_reset()


def compiled(model: Model, folder: Path, flags: Sequence[str] = SANITIZE) -> Compiled:
    """Return the generated network as a function from an input's to the output's numbers."""
    _write(model, folder)
    library = folder / "model.so"
    _compile(library, *flags, *_includes(folder), str(folder / CNames().source))
    return Compiled(model, library)


def shared_kernels(folder: Path) -> Path:
    """Compile the kernels alone, for `quickly_compiled`."""
    library = folder / "libkernels.so"
    _compile(library, *SANITIZE, *_includes(folder))
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return library


def quickly_compiled(model: Model, folder: Path) -> Compiled:
    """Do as `compiled` does in a few milliseconds: by tcc, which optimizes nothing."""
    _write(model, folder)
    library = folder / f"model_{next(NUMBERS)}.so"
    run_tool(
        ["tcc", "-shared", *_includes(folder), str(folder / CNames().source), "-o", str(library)]
    )
    run = Compiled(model, library)
    library.unlink()
    return run


def _compile(library: Path, *words: str) -> None:
    """Compile the kernels into a library, with what else is named."""
    strict = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    kernels = map(str, sources("kernels"))
    run_tool([host_compiler(), *strict, *words, *kernels, "-o", str(library)])


def _write(model: Model, folder: Path) -> None:
    for name, text in emit(model).files.items():
        (folder / name).write_text(text)


def _includes(folder: Path) -> list[str]:
    return [f"-I{firmware_folder() / part}" for part in (*CORE, "kernels")] + [f"-I{folder}"]


def by_reference(model: Model) -> Run:
    """Return tflite-runtime's reference kernels as the same function; TFLM's give the same.

    LiteRT 2.3.0's don't: its reference resolver rounds FULLY_CONNECTED once, where the others
    round twice; without delegates its fast ADD rounds otherwise.
    """
    module = interpreter_driver("tflite-runtime").load_interpreter()
    interpreter = module.Interpreter(
        model_content=model.content,
        num_threads=1,
        experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS["reference"]),
    )
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(values: NDArray[Any]) -> NDArray[Any]:
        interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        result: NDArray[Any] = interpreter.get_tensor(target["index"]).reshape(-1)
        return result

    return run


def by_tflm(model: Model) -> Run:
    """Return TensorFlow Lite Micro's reference kernels as the same function."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model.content, arena_size=1 << 20)
    shape = model.facts.inputs[0].shape

    def run(values: NDArray[Any]) -> NDArray[Any]:
        interpreter.set_input(values.reshape(shape), 0)
        interpreter.invoke()
        return np.array(interpreter.get_output(0)).reshape(-1)

    return run
