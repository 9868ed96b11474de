"""Open a TensorFlow Lite interpreter, apply delegates, and take the places of its tensors."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from edgebench.errors import DelegateFailed, ModelInvalid, ModelNotSupported
from edgebench.models.first_inputs import first_fault, first_inputs
from edgebench.models.resolve import Model
from edgebench.models.tflite.details import in_order, resize_inputs
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.shapes import FREE, is_batch_of, shape_text
from edgebench.processes.native_output import captured_stderr
from edgebench.rundir.records.placement import Placement
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import InterpreterDriver
from edgebench.runtimes.interpreter import fault_of, new_interpreter, run_first
from edgebench.sut.host.bound import Bound
from edgebench.sut.interpreter.delegated import DELEGATE, XNNPACK, ops_of, placement_of
from edgebench.sut.interpreter.memory import Outputs, targets_of

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
    placement: Placement | None
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
    placement = placement_of(interpreter, model.facts, settings.delegate, own_nodes)
    return Opened(interpreter, tuple(applied), placement, _notes(lines))


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
    if batch > 1:
        _require_batch(interpreter, model, batch)


def _require_batch(interpreter: Any, model: Model, batch: int) -> None:
    """Refuse outputs whose first dimension is not the batch, by the shapes that the file states."""
    outputs = model.facts.outputs
    for tensor, detail in zip(
        outputs, in_order(interpreter.get_output_details(), outputs), strict=True
    ):
        shape = tuple(int(size) for size in detail["shape"])
        # Of a custom op's output the file may state nothing: then the first dimension must do.
        single = (*tensor.shape[:1], *tensor.shape_signature[1:]) or (1, *(FREE for _ in shape[1:]))
        if not shape or not is_batch_of(shape, single, batch):
            raise ModelNotSupported(
                f"{model.label} can't be run at a batch of {batch}: its output `{tensor.name}` is "
                f"{shape_text(tensor.shape)} for one sample and {shape_text(shape)} for {batch}; "
                "the batch must be its first dimension",
                field="batch",
                value=batch,
            )


def _delegated_nodes(interpreter: Any) -> int:
    return sum(op["op_name"] == DELEGATE for op in ops_of(interpreter))


def _invoke_of(interpreter: Any) -> Callable[[], None]:
    """Return the runtime's invoke without its check for arrays that look into the interpreter.

    The check takes 120 ns, and ours look into it by address, which it does not see anyway. Not a
    documented name either, but the same in both runtimes; without it the documented one is used.
    """
    inner = getattr(interpreter, "_interpreter", None)
    invoke: Callable[[], None] = getattr(inner, "Invoke", interpreter.invoke)
    return invoke


def bound_interpreter(model: Model, runtime: InterpreterDriver, settings: RuntimeSettings) -> Bound:
    """Open one interpreter of a model; see `open_interpreter` for what it raises.

    Raises
    ------
    ModelInvalid
        If a name in the file can't be read.
    """
    opened = open_interpreter(model, runtime, settings)
    interpreter, facts = opened.interpreter, model.facts
    try:
        outputs = Outputs(interpreter, in_order(interpreter.get_output_details(), facts.outputs))
        return Bound(
            invoke=_invoke_of(interpreter),
            inputs=targets_of(interpreter, in_order(interpreter.get_input_details(), facts.inputs)),
            outputs=outputs.bytes,
            faults=RUNTIME_FAULTS,
            fetches=outputs.fetches,
            are_in_place=outputs.lie_where_they_did,
            delegates=opened.delegates,
            default_delegates=DEFAULT_DELEGATES,
            placement=opened.placement,
            notes=opened.notes,
        )
    except UnicodeDecodeError as error:
        raise ModelInvalid(
            f"{model.path}: the model is damaged: a name in it is not UTF-8"
        ) from error
    except (ValueError, RuntimeError) as error:
        # A name that is no text, for one: the file was damaged where it does not hurt the graph.
        raise ModelInvalid(f"{model.path}: the model is damaged: {error}") from error
