"""Generated networks as shared libraries, to be called from here."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.build import firmware_folder, host_compiler, run_tool, sources
from edgebench.firmware.emit import emit
from edgebench.models.resolve import Model
from edgebench.runtimes import RESOLVERS, RUNTIMES

SANITIZE = ("-fsanitize=undefined", "-fno-sanitize-recover=all")


def compiled(model: Model, folder: Path, flags: Sequence[str] = SANITIZE) -> Callable[
    [NDArray[np.int8]], NDArray[np.int8]
]:  # fmt: skip
    """Return the generated network as a function from an input's to the output's int8."""
    source = emit(model)
    for name, text in source.files.items():
        (folder / name).write_text(text)
    library = folder / "model.so"
    includes = [f"-I{firmware_folder() / part}" for part in ("core", "kernels")]
    run_tool([
        host_compiler(), "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
        *flags, *includes, f"-I{folder}", *map(str, sources("kernels")),
        str(folder / "model.c"), "-o", str(library),
    ])  # fmt: skip
    invoke = ctypes.CDLL(str(library)).model_invoke
    outputs = model.facts.outputs[0].elements

    def run(values: NDArray[np.int8]) -> NDArray[np.int8]:
        taken = np.ascontiguousarray(values, np.int8)
        result = np.zeros(outputs, np.int8)
        invoke(taken.ctypes.data_as(ctypes.c_void_p), result.ctypes.data_as(ctypes.c_void_p))
        return result

    return run


def by_reference(model: Model) -> Callable[[NDArray[np.int8]], NDArray[np.int8]]:
    """Return tflite-runtime's reference kernels as the same function; TFLM's give the same.

    LiteRT 2.3.0's don't: its reference resolver rounds FULLY_CONNECTED once, where the others
    round twice; without delegates its fast ADD rounds otherwise.
    """
    module = RUNTIMES["tflite-runtime"].load()
    interpreter = module.Interpreter(
        model_content=model.content,
        num_threads=1,
        experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS["reference"]),
    )
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(values: NDArray[np.int8]) -> NDArray[np.int8]:
        interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        result: NDArray[np.int8] = interpreter.get_tensor(target["index"]).reshape(-1)
        return result

    return run
