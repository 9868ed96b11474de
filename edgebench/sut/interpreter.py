"""A TensorFlow Lite interpreter that is driven without copies and without allocations."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from edgebench.clock import now_ns
from edgebench.errors import (
    DelegateFailed,
    EdgebenchError,
    ModelNotSupported,
    UsageError,
)
from edgebench.models.inspect import ModelFacts
from edgebench.models.resolve import Model
from edgebench.sut.contract import Inference, SutOptions
from edgebench.sut.native_output import captured_stderr
from edgebench.sut.runtimes import RESOLVERS, Runtime
from edgebench.sut.samples import SampleStore

XNNPACK = "XNNPACK"
_memmove = ctypes.memmove


@dataclass(frozen=True)
class Opened:
    """An interpreter with its tensors allocated, and what opening it told."""

    interpreter: Any
    delegates: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A tensor in memory, and where its bytes stand in a sample's row."""

    address: int
    offset: int
    size_bytes: int


def open_interpreter(model: Model, runtime: Runtime, options: SutOptions) -> Opened:
    """Open a model, apply the delegate, set the batch, allocate, and run it once.

    Raises
    ------
    RuntimeMissing
        If the runtime is not installed.
    DelegateFailed
        If the delegate can't be loaded or takes no op.
    ModelNotSupported
        If the runtime can't run the model, or not at that batch.
    """
    module = runtime.load()
    _refuse_custom_ops(model.facts, model.label, runtime, options)
    with captured_stderr() as lines:
        try:
            delegates = _load_delegate(module, options)
            if delegates:
                _refuse_idle_delegate(module, model, options)
            interpreter = _interpreter(module, model, options, options.resolver, delegates)
            _prepare(interpreter, options.batch)
        except (ValueError, RuntimeError) as error:
            failure: EdgebenchError = ModelNotSupported(
                f"{runtime.name} {runtime.version} can't run {model.label}: {_first_line(error)}"
            )
            raise failure from error
    applied = [options.delegate] if options.delegate else []
    if options.resolver == "default" and _delegated_nodes(interpreter) > len(applied):
        applied.append(XNNPACK)
    return Opened(interpreter, tuple(applied), tuple(lines))


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _refuse_custom_ops(
    facts: ModelFacts, label: str, runtime: Runtime, options: SutOptions
) -> None:
    if facts.custom_ops and not options.delegate:
        raise ModelNotSupported(
            f"{label} has the custom op {', '.join(facts.custom_ops)}, which {runtime.name} has "
            "no kernel for; convert it with built-in ops, or name a delegate that has the op: "
            "--delegate LIB"
        )


def _load_delegate(module: ModuleType, options: SutOptions) -> list[Any]:
    if options.delegate is None:
        return []
    try:
        return [module.load_delegate(options.delegate, dict(options.delegate_options))]
    except (OSError, ValueError, AttributeError) as error:
        raise DelegateFailed(
            f"the delegate {options.delegate} can't be loaded: {_first_line(error)}; it must be "
            "a shared library with tflite_plugin_create_delegate, built for this machine"
        ) from error


def _refuse_idle_delegate(module: ModuleType, model: Model, options: SutOptions) -> None:
    # Alone, without the runtime's own XNNPACK, each delegated node is the delegate's. It gets a
    # delegate of its own: one object must not serve two interpreters.
    delegates = _load_delegate(module, options)
    interpreter = _interpreter(module, model, options, "no-delegate", delegates)
    interpreter.allocate_tensors()
    if not _delegated_nodes(interpreter):
        raise DelegateFailed(
            f"the delegate {options.delegate} takes no op of {model.label}; the result would be "
            "the CPU's under the delegate's name"
        )


def _interpreter(
    module: ModuleType, model: Model, options: SutOptions, resolver: str, delegates: list[Any]
) -> Any:
    return module.Interpreter(
        model_content=model.content,
        num_threads=options.threads,
        experimental_op_resolver_type=getattr(module.OpResolverType, RESOLVERS[resolver]),  # type: ignore[index]
        experimental_delegates=delegates or None,
    )


def _prepare(interpreter: Any, batch: int) -> None:
    if batch > 1:
        for tensor in interpreter.get_input_details():
            shape = [int(size) for size in tensor["shape"]]
            if not shape or shape[0] != 1:
                raise ModelNotSupported(
                    f"a batch of {batch} needs inputs with a batch of 1 to resize; "
                    f"`{tensor['name']}` has the shape {shape}"
                )
            interpreter.resize_tensor_input(tensor["index"], [batch, *shape[1:]])
    interpreter.allocate_tensors()
    interpreter.invoke()
    for tensor in interpreter.get_output_details():
        if batch > 1 and (not len(tensor["shape"]) or tensor["shape"][0] != batch):
            raise ModelNotSupported(
                f"the model can't be resized to a batch of {batch}: its output "
                f"`{tensor['name']}` stays {[int(size) for size in tensor['shape']]}"
            )


def _delegated_nodes(interpreter: Any) -> int:
    # Not a documented call, but the only one that tells what a delegate took, and in both
    # runtimes; without it nothing is claimed.
    list_ops = getattr(interpreter, "_get_ops_details", None)
    if list_ops is None:
        return 0
    return sum(op["op_name"] == "DELEGATE" for op in list_ops())


class InterpreterLane:
    """One interpreter with fixed input and output buffers.

    The addresses of its tensors are taken once: TensorFlow Lite moves them only when tensors
    are allocated anew. Outputs that move all the same (shapes that depend on the data) are
    refused when they are first seen.
    """

    def __init__(self, interpreter: Any, store: SampleStore, batch: int) -> None:
        self._interpreter = interpreter
        self._invoke = interpreter.invoke
        self._addresses = store.addresses
        self._batch = batch
        self._inputs = _places(interpreter, interpreter.get_input_details(), batch)
        self._outputs = _places(interpreter, interpreter.get_output_details(), batch)
        self.check_outputs()
        self._inference = Inference(sum(place.size_bytes for place in self._outputs))
        self._capacity = 1
        # Plain tuples: attribute look-ups would cost more than the copies.
        self._writes = [(p.address, p.offset, p.size_bytes) for p in self._inputs]
        self._reads = [(p.address, p.offset, p.size_bytes) for p in self._outputs]

    @property
    def output_bytes(self) -> int:
        """Of one sample's outputs."""
        return self._inference.stride

    def check_outputs(self) -> None:
        """Check that the output tensors still lie where they did.

        Raises
        ------
        ModelNotSupported
            If they moved.
        """
        for place, now in zip(self._outputs, self._output_places(), strict=True):
            if place != now:
                raise ModelNotSupported(
                    "the size of the model's output depends on its input; edgebench measures "
                    "models with outputs of fixed size"
                )

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples one by one; see `Lane`."""
        inference = self._inference
        if len(indices) > self._capacity:
            self._grow(len(indices))
        invoke, writes, reads, addresses = self._invoke, self._writes, self._reads, self._addresses
        target, stride, invoke_ns = inference.address, inference.stride, 0
        for index in indices:
            row = addresses[index]
            for address, offset, size in writes:
                _memmove(address, row + offset, size)
            started = now_ns()
            invoke()
            invoke_ns += now_ns() - started
            for address, offset, size in reads:
                _memmove(target + offset, address, size)
            target += stride
        inference.invoke_ns = invoke_ns
        return inference

    def _grow(self, capacity: int) -> None:
        self._inference.reserve(capacity)
        self._capacity = capacity

    def _output_places(self) -> list[Place]:
        return _places(self._interpreter, self._interpreter.get_output_details(), self._batch)


class BatchingLane(InterpreterLane):
    """An interpreter whose one invocation takes several samples."""

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples `batch` at a time; see `Lane`."""
        inference = self._inference
        if len(indices) > self._capacity:
            self._grow(len(indices))
        target, invoke_ns = inference.address, 0
        for first in range(0, len(indices), self._batch):
            # A last batch that is not full runs with what the free slots held before.
            batch = indices[first : first + self._batch]
            for slot, index in enumerate(batch):
                row = self._addresses[index]
                for address, offset, size in self._writes:
                    _memmove(address + slot * size, row + offset, size)
            started = now_ns()
            self._invoke()
            invoke_ns += now_ns() - started
            for slot in range(len(batch)):
                for address, offset, size in self._reads:
                    _memmove(target + offset, address + slot * size, size)
                target += inference.stride
        inference.invoke_ns = invoke_ns
        return inference


def _places(interpreter: Any, details: list[dict[str, Any]], batch: int) -> list[Place]:
    places, offset = [], 0
    for tensor in details:
        # The view must be gone before the next invoke: the interpreter counts references.
        view = interpreter.tensor(tensor["index"])()
        address, total = view.__array_interface__["data"][0], view.nbytes
        del view
        if total == 0:
            raise ModelNotSupported(
                f"the tensor `{tensor['name']}` has the shape "
                f"{[int(size) for size in tensor['shape']]}: edgebench needs fixed sizes above 0"
            )
        size = total // batch
        places.append(Place(address, offset, size))
        offset += size
    return places


def check_threads(threads: int) -> None:
    """Refuse a number of threads that the runtimes misread.

    Raises
    ------
    UsageError
        If it is below 1 (LiteRT takes 0 for 1 and -1 for an error).
    """
    if threads < 1:
        raise UsageError(f"threads must be at least 1, not {threads}")
