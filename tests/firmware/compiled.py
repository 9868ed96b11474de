"""Generated networks as shared libraries, to be called from here; and what they must give."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.firmware.building.compiling import host_compiler, run_tool
from edgebench.firmware.building.kernel_objects import kernel_objects
from edgebench.firmware.c_files import CORE, include_flags
from edgebench.firmware.emitting.names import CNames
from edgebench.firmware.emitting.several_inputs_outputs import parts
from edgebench.firmware.emitting.source import emit
from edgebench.models.resolve import Model
from edgebench.models.tflite.block import LONG_BYTES, Part, block_bytes, block_of
from edgebench.models.tflite.details import in_order
from edgebench.models.tflite.flatbuffer.reading import unpacked
from edgebench.runtimes.drivers import interpreter_driver
from edgebench.runtimes.interpreter import RESOLVERS

ARENA_BYTES = 1 << 23
SANITIZE = ("-fsanitize=undefined", "-fno-sanitize-recover=all")
Run = Callable[[NDArray[Any]], NDArray[Any]]
UNWRITTEN = 0x55
"""Each byte of the outputs before an inference: what no kernel writes is no lucky 0."""
NUMBERS = count()
"""A process lets go of nothing that it has loaded: names must differ."""
RunAll = Callable[..., list[NDArray[Any]]]
"""Of all inputs' numbers, one after the other, the numbers of all outputs, flat."""


class AllCompiled:
    """A generated network as a function from its inputs' to its outputs' numbers: `RunAll`."""

    def __init__(self, model: Model, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._inputs, self._outputs = parts(model)

    def __call__(self, *values: NDArray[Any]) -> list[NDArray[Any]]:
        rows = [
            np.ascontiguousarray(each, part.tensor.dtype).tobytes()
            for part, each in zip(self._inputs, values, strict=True)
        ]
        taken, given = (_longs(block_bytes(each)) for each in (self._inputs, self._outputs))
        given.view(np.uint8)[:] = UNWRITTEN
        block = block_of(self._inputs, rows)
        taken.view(np.uint8)[: len(block)] = np.frombuffer(block, np.uint8)
        self._library.eb_model_invoke(
            taken.ctypes.data_as(ctypes.c_void_p), given.ctypes.data_as(ctypes.c_void_p)
        )
        return list(_values_of(self._outputs, given.tobytes()))

    def reset(self) -> None:
        """Begin again, as before the first inference."""
        self._library.eb_model_reset()


class Compiled:
    """A generated network of one input and one output as a function between these."""

    def __init__(self, run: AllCompiled) -> None:
        self._run = run
        self.reset = run.reset

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        return self._run(values)[0]


def compiled(model: Model, folder: Path, flags: Sequence[str] = SANITIZE) -> Compiled:
    """Return the generated network as a function from an input's to the output's numbers."""
    return Compiled(all_compiled(model, folder, flags))


def all_compiled(model: Model, folder: Path, flags: Sequence[str] = SANITIZE) -> AllCompiled:
    """Do as `compiled` does of a network with any number of inputs and outputs."""
    _write(model, folder)
    library = folder / "model.so"
    _link(library, flags, *_includes(folder), str(folder / CNames().source))
    return AllCompiled(model, library)


def _longs(size_bytes: int) -> NDArray[np.int64]:
    return np.zeros(size_bytes // LONG_BYTES + 1, np.int64)


def shared_kernels(folder: Path) -> Path:
    """Compile the kernels alone, for `quickly_compiled`."""
    library = folder / "libkernels.so"
    _link(library, SANITIZE)
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return library


def quickly_compiled(model: Model, folder: Path) -> Compiled:
    """Do as `compiled` does in a few milliseconds: by tcc, which optimizes nothing."""
    return Compiled(all_quickly_compiled(model, folder))


def all_quickly_compiled(model: Model, folder: Path) -> AllCompiled:
    """Do as `quickly_compiled` does of a network with any number of inputs and outputs."""
    _write(model, folder)
    library = folder / f"model_{next(NUMBERS)}.so"
    run_tool(
        ["tcc", "-shared", *_includes(folder), str(folder / CNames().source), "-o", str(library)]
    )
    run = AllCompiled(model, library)
    library.unlink()
    return run


def _values_of(parts: Sequence[Part], block: bytes) -> tuple[np.ndarray, ...]:
    """Return the values of each tensor in a block, flat, in the tensors' own numbers."""
    return tuple(np.frombuffer(block[part.offset : part.end], part.tensor.dtype) for part in parts)


def _link(library: Path, flags: Sequence[str], *words: str) -> None:
    """Make a library of the kernels and of what else is named."""
    strict = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", *flags)
    objects = map(str, kernel_objects(host_compiler(), strict, ("kernels",)))
    run_tool([host_compiler(), *strict, "-shared", *words, *objects, "-o", str(library)])


def _write(model: Model, folder: Path) -> None:
    for name, text in emit(model).files.items():
        (folder / name).write_text(text)


def _includes(folder: Path) -> list[str]:
    return [*include_flags(*CORE, "kernels"), f"-I{folder}"]


def first(run: RunAll) -> Run:
    """Return a network of one input and one output as a function between these."""
    return lambda values: run(values)[0]


def by_reference(model: Model) -> Run:
    """Return tflite-runtime's reference kernels as the same function; TFLM's give the same.

    LiteRT 2.3.0's don't: its reference resolver rounds FULLY_CONNECTED once, where the others
    round twice; without delegates its fast ADD rounds otherwise.
    """
    return first(all_by_reference(model))


def all_by_reference(model: Model) -> RunAll:
    """Do as `by_reference` does of a model with any number of inputs and outputs."""
    module = interpreter_driver("tflite-runtime").load_interpreter()
    interpreter = module.Interpreter(
        model_content=model.content,
        num_threads=1,
        experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS["reference"]),
    )
    interpreter.allocate_tensors()
    sources = in_order(interpreter.get_input_details(), model.facts.inputs)
    targets = in_order(interpreter.get_output_details(), model.facts.outputs)

    def run(*inputs: NDArray[Any]) -> list[NDArray[Any]]:
        for source, values in zip(sources, inputs, strict=True):
            interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        return [interpreter.get_tensor(target["index"]).reshape(-1) for target in targets]

    return run


def by_tflm(model: Model) -> Run:
    """Return TensorFlow Lite Micro's reference kernels as the same function."""
    return first(all_by_tflm(model))


def all_by_tflm(model: Model) -> RunAll:
    """Do as `by_tflm` does of a model with any number of inputs and outputs."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model.content, arena_size=ARENA_BYTES)
    facts = model.facts
    graph = unpacked(model.content, str(model.path)).subgraphs[facts.subgraph]
    sources = [list(graph.inputs).index(each.index) for each in facts.inputs]
    targets = [list(graph.outputs).index(each.index) for each in facts.outputs]

    def run(*inputs: NDArray[Any]) -> list[NDArray[Any]]:
        for tensor, place, values in zip(facts.inputs, sources, inputs, strict=True):
            interpreter.set_input(values.reshape(tensor.shape), place)
        interpreter.invoke()
        return [np.array(interpreter.get_output(place)).reshape(-1) for place in targets]

    return run
