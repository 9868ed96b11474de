"""Open a session of ONNX Runtime and bind its inputs and outputs to memory of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgebench.errors import ModelNotSupported
from edgebench.models.first_inputs import first_inputs
from edgebench.models.resolve import Model
from edgebench.models.tflite.shapes import Shape, is_batch_of, shape_text
from edgebench.models.tflite.tensors import Tensor
from edgebench.runtime_settings import RuntimeSettings
from edgebench.sut.onnx.providers import DEFAULT, provider_in

WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"
RECORD_ASSIGNMENT = "session.record_ep_graph_assignment_info"
_PREFIX = re.compile(r"^.*?\[[A-Z]:onnxruntime:[^\]]*\]\s*")
_STATUS = re.compile(r"^\[ONNXRuntimeError\] : \d+ : (\w+) : ")
_SIGNATURE = re.compile(r"^[\w ]*onnxruntime::.*?\)(?: const)? (?=[A-Z])")
_LINES = re.compile(r"/\S+\.(?:cc|h|cpp):\d+ ")


def faults_of(module: ModuleType) -> tuple[type[Exception], ...]:
    """Return the exceptions that the runtime raises: they have no common base."""
    state = module.capi.onnxruntime_pybind11_state
    own = [each for each in vars(state).values() if isinstance(each, type)]
    return (RuntimeError, ValueError, *(each for each in own if issubclass(each, Exception)))


def fault_text(error: Exception) -> str:
    """Return what the runtime's error says in one line, without its own sources.

    Examples
    --------
    >>> fault_text(RuntimeError("[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : no kernel for Foo(1)"))
    'no kernel for Foo(1) (NOT_IMPLEMENTED)'
    """
    said = " ".join(str(error).split())
    found = _STATUS.match(said)
    if found is None:
        return said or type(error).__name__
    text = _SIGNATURE.sub("", _LINES.sub("", said[found.end() :]).strip())
    return f"{text} ({found[1]})"


def note_of(line: str) -> str:
    """Return a line that the runtime printed without its time and place."""
    return _PREFIX.sub("", line)


def new_session(
    module: ModuleType,
    content: bytes | Path,
    folder: Path,
    settings: RuntimeSettings,
    profile: Path | None = None,
) -> Any:
    """Return a session on the provider of the settings, and the CPU for what it does not take.

    Parameters
    ----------
    folder
        The model's, where its weights are if it has them in other files.
    profile
        Where the runtime writes a profile; None: it makes none.
    """
    options = module.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = settings.inter_threads
    if settings.inter_threads > 1:
        options.execution_mode = module.ExecutionMode.ORT_PARALLEL
    options.add_session_config_entry(WEIGHTS_FOLDER, str(folder.resolve()))
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    if settings.provider not in (None, DEFAULT):
        options.add_session_config_entry(RECORD_ASSIGNMENT, "1")
    asked = provider_in(module, settings.provider or DEFAULT, "onnxruntime")
    providers = list(dict.fromkeys((asked, "CPUExecutionProvider")))
    source = str(content) if isinstance(content, Path) else content
    session = module.InferenceSession(source, options, providers=providers)
    if asked not in session.get_providers():
        # The runtime goes on without a provider that can't be started; it prints why.
        raise ModelNotSupported(
            f"`provider`: {settings.provider} can't be started on this machine (its libraries or "
            "its driver are missing); `edgebench doctor` shows what is here",
            field="provider",
            value=settings.provider,
        )
    return session


def batched(values: NDArray[Any], tensor: Tensor, batch: int, shape: Shape) -> NDArray[Any]:
    """Return a sample's values at the shape of an input; each sample of a batch gets the same."""
    made = values.reshape(shape) if batch == 1 else np.broadcast_to(values, shape)
    return np.ascontiguousarray(made, tensor.dtype)


def input_shapes(inputs: Sequence[Tensor], batch: int, label: str) -> list[Shape]:
    """Return the inputs' shapes at a batch.

    Raises
    ------
    ModelNotSupported
        If an input can't have that batch.
    """
    if batch == 1:
        return [tensor.shape for tensor in inputs]
    for tensor in inputs:
        if not tensor.has_batch:
            raise ModelNotSupported(
                f"{label} can't be run at a batch of {batch}: the input `{tensor.name}` "
                f"({shape_text(tensor.shape)}) does not begin with a batch",
                field="batch",
                value=batch,
            )
    return [(batch, *tensor.shape[1:]) for tensor in inputs]


class Binding:
    """A session whose inputs and outputs are arrays that stay where they are.

    Attributes
    ----------
    inputs, outputs
        The arrays, in the order of the model's own.
    named
        `inputs`, by name.
    invoke
        Runs what the inputs hold.
    """

    def __init__(self, session: Any, model: Model, batch: int) -> None:
        facts = model.facts
        shapes = input_shapes(facts.inputs, batch, model.label)
        self.session = session
        self.inputs = [
            batched(values, tensor, batch, shape)
            for values, tensor, shape in zip(first_inputs(model), facts.inputs, shapes, strict=True)
        ]
        self.named = named = {
            tensor.name: each for tensor, each in zip(facts.inputs, self.inputs, strict=True)
        }
        names = [tensor.name for tensor in facts.outputs]
        # The first run tells the shapes of the outputs; what it made is copied and let go.
        made = session.run(names, named)
        self.outputs = [
            _kept(values, tensor, model.label)
            for values, tensor in zip(made, facts.outputs, strict=True)
        ]
        if batch > 1:
            self._require_batch(model, batch, names)
        # Kept, as its arrays are: the runtime holds their addresses only.
        self._binding = session.io_binding()
        for name, each in named.items():
            self._binding.bind_input(name, "cpu", 0, each.dtype, each.shape, each.ctypes.data)
        for name, each in zip(names, self.outputs, strict=True):
            self._binding.bind_output(name, "cpu", 0, each.dtype, each.shape, each.ctypes.data)
        self.invoke = _invoke_of(session, self._binding)

    def _require_batch(self, model: Model, batch: int, names: Sequence[str]) -> None:
        """Refuse outputs whose first dimension is not the batch, by their shapes at one sample.

        The file may leave those open, so the model is run.
        """
        one = {name: each[:1] for name, each in self.named.items()}
        for name, values, kept in zip(
            names, self.session.run(names, one), self.outputs, strict=True
        ):
            if not is_batch_of(kept.shape, values.shape, batch):
                raise ModelNotSupported(
                    f"{model.label} can't be run at a batch of {batch}: its output `{name}` is "
                    f"{shape_text(values.shape)} for one sample and {shape_text(kept.shape)} for "
                    f"{batch}; the batch must be its first dimension",
                    field="batch",
                    value=batch,
                )


def _invoke_of(session: Any, binding: Any) -> Callable[[], object]:
    """Return the runtime's call without the checks that its Python has around it.

    They are for WebGPU's captured graphs, take as long as a small model's op, and pass always:
    the binding is the session's own. Not documented names; without them the documented one is
    called.
    """
    inner, bound = getattr(session, "_sess", None), getattr(binding, "_iobinding", None)
    if inner is None or bound is None:
        return partial(session.run_with_iobinding, binding)
    return partial(inner.run_with_iobinding, bound, None)


def _kept(values: Any, tensor: Tensor, label: str) -> NDArray[Any]:
    if not isinstance(values, np.ndarray) or values.dtype != tensor.dtype:
        raise ModelNotSupported(
            f"{label}: its output `{tensor.name}` is not the {tensor.type_name} that the file says"
        )
    if not values.size:
        raise ModelNotSupported(
            f"{label}: its output `{tensor.name}` has the shape {shape_text(values.shape)}, which "
            "holds no value"
        )
    return np.ascontiguousarray(values)
