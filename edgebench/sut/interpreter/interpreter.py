"""A TensorFlow Lite interpreter that is driven without copies and without allocations."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from edgebench.clock import now_ns
from edgebench.errors import DelegateFailed, ModelNotSupported, SutFailed
from edgebench.models.first_inputs import first_fault, first_inputs
from edgebench.models.resolve import Model
from edgebench.models.tflite.details import in_order, resize_inputs
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.processes.native_output import captured_stderr
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import InterpreterDriver
from edgebench.runtimes.interpreter import fault_of, new_interpreter, on_samples, run_first
from edgebench.sut.contract import Inference
from edgebench.sut.interpreter.memory import Outputs, slots_of, slots_within, targets_of
from edgebench.sut.samples import SampleStore

XNNPACK = "XNNPACK"
DEFAULT_DELEGATES = (XNNPACK,)
"""Those that the runtimes apply by themselves."""
RUNTIME_FAULTS = (RuntimeError, ValueError)
"""What the runtimes raise."""
ONCE_A_PROCESS = ("Created TensorFlow Lite XNNPACK delegate for CPU",)
"""What a runtime prints for the first model of a process: `delegates` says it for every one."""


@dataclass(frozen=True)
class Opened:
    """An interpreter with its tensors allocated, and what was learnt by opening it."""

    interpreter: Any
    delegates: tuple[str, ...]
    notes: tuple[str, ...]


def open_interpreter(model: Model, runtime: InterpreterDriver, settings: RuntimeSettings) -> Opened:
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
    module = runtime.load_interpreter()
    with captured_stderr() as lines:
        try:
            delegates = _load_delegate(module, settings)
            own_nodes = _delegate_nodes(module, model, settings) if delegates else 0
            interpreter = new_interpreter(
                module, model.content, settings.resolver, settings.threads, delegates
            )
            _prepare(interpreter, model, settings.batch)
        except (ValueError, RuntimeError) as error:
            raise ModelNotSupported(
                f"{runtime.name} {runtime.requires.version} can't run {model.label}: "
                f"{first_fault(error, model)}{_advice(error, model.facts)}"
            ) from error
    applied = [settings.delegate] if settings.delegate else []
    if settings.resolver == "default" and _delegated_nodes(interpreter) > own_nodes:
        applied.append(XNNPACK)
    return Opened(interpreter, tuple(applied), _notes(lines))


def _notes(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if not any(known in line for known in ONCE_A_PROCESS))


def _advice(error: Exception, facts: ModelFacts) -> str:
    if "unresolved custom op" in str(error).lower():
        return (
            f" (the model has the custom op {', '.join(facts.custom_ops)}: convert it with "
            "built-in ops, or name a library that has the op with `delegate`)"
        )
    return ""


def _load_delegate(module: ModuleType, settings: RuntimeSettings) -> list[Any]:
    if settings.delegate is None:
        return []
    try:
        # The runtimes leave a half-made object behind, which complains later, where the library
        # is none; so it is tried first.
        _ = ctypes.CDLL(settings.delegate).tflite_plugin_create_delegate
        return [module.load_delegate(settings.delegate, dict(settings.delegate_options))]
    except (OSError, ValueError, AttributeError) as error:  # a library without the function
        raise DelegateFailed(
            f"the delegate {settings.delegate} can't be loaded: {fault_of(error)}; it must be "
            "a shared library with tflite_plugin_create_delegate, built for this machine"
        ) from error


def _delegate_nodes(module: ModuleType, model: Model, settings: RuntimeSettings) -> int:
    """Return how many parts of the graph the user's delegate takes; refuse one that takes none."""
    # Alone, without the runtime's own XNNPACK, each delegated node is the delegate's. It gets a
    # delegate of its own: one object must not serve two interpreters.
    delegates = _load_delegate(module, settings)
    interpreter = new_interpreter(module, model.content, "no-delegate", settings.threads, delegates)
    resize_inputs(interpreter, model.facts.inputs)
    interpreter.allocate_tensors()
    nodes = _delegated_nodes(interpreter)
    if not nodes:
        raise DelegateFailed(
            f"the delegate {settings.delegate} takes no op of {model.label}; the result would be "
            "the CPU's under the delegate's name"
        )
    return nodes


def _prepare(interpreter: Any, model: Model, batch: int) -> None:
    inputs = model.facts.inputs
    resize_inputs(interpreter, inputs, batch)
    interpreter.allocate_tensors()
    run_first(interpreter, in_order(interpreter.get_input_details(), inputs), first_inputs(model))
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


def _invoke_of(interpreter: Any) -> Callable[[], None]:
    """Return the runtime's invoke without its check for arrays that look into the interpreter.

    The check takes 120 ns, and ours look into it by address, which it does not see anyway. Not a
    documented name either, but the same in both runtimes; without it the documented one is used.
    """
    inner = getattr(interpreter, "_interpreter", None)
    invoke: Callable[[], None] = getattr(inner, "Invoke", interpreter.invoke)
    return invoke


def _failed(indices: Sequence[int], error: Exception) -> SutFailed:
    """Return the error for samples that the runtime could not run."""
    return SutFailed(f"the runtime fails {on_samples(indices, error)}")


class InterpreterLane:
    """One interpreter with fixed input and output buffers.

    The places of its tensors are taken once. Outputs that move all the same (shapes that depend
    on the data) are refused by `check_outputs`. Copies go from memory view to memory view, which
    is the cheapest way that Python has (80 ns for 490 bytes; ctypes.memmove takes 570).
    """

    def __init__(self, interpreter: Any, store: SampleStore, facts: ModelFacts) -> None:
        self._invoke = _invoke_of(interpreter)
        self._rows = store.rows
        self._inputs = targets_of(
            interpreter, in_order(interpreter.get_input_details(), facts.inputs)
        )
        self._found = Outputs(
            interpreter, in_order(interpreter.get_output_details(), facts.outputs)
        )
        self._fetches, self._outputs = self._found.fetches, self._found.bytes
        self._sizes = tuple(len(output) for output in self._outputs)
        self._many = Inference(np.zeros((1, sum(self._sizes)), np.uint8))
        self._slots = slots_of(self._many.outputs, self._sizes)
        # One sample's only output is answered from where the interpreter left it.
        self._one = self._many
        if len(self._outputs) == 1:
            self._one = Inference(np.frombuffer(self._outputs[0], np.uint8).reshape(1, -1))

    @property
    def output_sizes(self) -> tuple[int, ...]:
        """Bytes of each of one sample's outputs."""
        return self._sizes

    @property
    def output_bytes(self) -> int:
        """Of one sample's outputs."""
        return sum(self._sizes)

    def check_outputs(self) -> None:
        """Check that the output tensors still lie where they did.

        Raises
        ------
        ModelNotSupported
            If they moved.
        """
        if not self._found.lie_where_they_did():
            raise ModelNotSupported(
                "the size of the model's output depends on its input; edgebench measures "
                "models with outputs of fixed size"
            )

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples one by one; see `Lane`."""
        if len(indices) != 1:
            return self._infer_many(indices)
        for target, source in zip(self._inputs, self._rows[indices[0]]):  # noqa: B905
            target[:] = source
        started = now_ns()
        try:
            self._invoke()
        except RUNTIME_FAULTS as error:
            raise _failed(indices, error) from error
        inference = self._one
        inference.invoke_ns = now_ns() - started
        for fetch in self._fetches:
            fetch()
        if inference is self._many:
            for target, source in zip(self._slots[0], self._outputs, strict=True):
                target[:] = source
        return inference

    def _infer_many(self, indices: Sequence[int]) -> Inference:
        if len(indices) > len(self._slots):
            self._grow(len(indices))
        only = len(self._inputs) == len(self._outputs) == 1 and not self._fetches
        self._many.invoke_ns = (self._run_only if only else self._run_all)(indices)
        return self._many

    def _run_only(self, indices: Sequence[int]) -> int:
        """Run samples of one input and one output: 1.3 us less a sample than `_run_all`."""
        invoke, rows = self._invoke, self._rows
        (target,), (source,) = self._inputs, self._outputs
        invoke_ns = 0
        try:
            for index, (slot,) in zip(indices, self._slots):  # noqa: B905 (there may be more slots)
                target[:] = rows[index][0]
                started = now_ns()
                invoke()
                invoke_ns += now_ns() - started
                slot[:] = source
        except RUNTIME_FAULTS as error:
            raise _failed((index,), error) from error
        return invoke_ns

    def _run_all(self, indices: Sequence[int]) -> int:
        invoke, inputs, outputs, rows = self._invoke, self._inputs, self._outputs, self._rows
        invoke_ns = 0
        try:
            for index, slot in zip(indices, self._slots):  # noqa: B905 (there may be more slots)
                for target, source in zip(inputs, rows[index], strict=True):
                    target[:] = source
                started = now_ns()
                invoke()
                invoke_ns += now_ns() - started
                for fetch in self._fetches:
                    fetch()
                for target, source in zip(slot, outputs, strict=True):
                    target[:] = source
        except RUNTIME_FAULTS as error:
            raise _failed((index,), error) from error
        return invoke_ns

    def _grow(self, capacity: int) -> None:
        self._many.rebind(np.zeros((capacity, sum(self._sizes)), np.uint8))
        self._slots = slots_of(self._many.outputs, self._sizes)


class BatchingLane(InterpreterLane):
    """An interpreter whose one invocation takes several samples."""

    def __init__(self, interpreter: Any, store: SampleStore, facts: ModelFacts, batch: int) -> None:
        super().__init__(interpreter, store, facts)
        self._batch = batch
        self._sizes = tuple(size // batch for size in self._sizes)
        # A batch is a dimension, so no input is a scalar.
        inputs = [each for each in self._inputs if isinstance(each, memoryview)]
        self._batch_inputs = slots_within(inputs, batch)
        self._batch_outputs = slots_within(self._outputs, batch)
        self._grow(batch)

    def infer(self, indices: Sequence[int]) -> Inference:
        """Run loaded samples `batch` at a time; see `Lane`."""
        count, batch, rows = len(indices), self._batch, self._rows
        if count > len(self._slots):
            self._grow(count)
        invoke_ns = 0
        for first in range(0, count, batch):
            # A last batch that is not full runs with what the free slots held before.
            part = indices[first : first + batch]
            for index, slot in zip(part, self._batch_inputs):  # noqa: B905
                for target, source in zip(slot, rows[index], strict=True):
                    target[:] = source
            started = now_ns()
            try:
                self._invoke()
            except RUNTIME_FAULTS as error:
                raise _failed(part, error) from error
            invoke_ns += now_ns() - started
            results = self._slots[first : first + len(part)]
            for result, slot in zip(results, self._batch_outputs):  # noqa: B905
                for target, source in zip(result, slot, strict=True):
                    target[:] = source
        self._many.invoke_ns = invoke_ns
        return self._many
