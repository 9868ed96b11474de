"""The driver of ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgebench.errors import ModelNotSupported
from edgebench.models.onnx.external import external_files, external_note
from edgebench.models.onnx.package import INSTALL
from edgebench.models.onnx.read import read_onnx
from edgebench.models.resolve import Model
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.shapes import Shape
from edgebench.models.trial.job import ALLOCATED, BEGUN, OPENED, RAN, Job
from edgebench.processes.native_output import captured_stderr
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.package import RuntimePackage
from edgebench.sut.host.bound import Bound
from edgebench.sut.host.system import HostSut
from edgebench.sut.onnx.placement import placement_of
from edgebench.sut.onnx.providers import PROVIDERS, missing
from edgebench.sut.onnx.session import Binding, fault_text, faults_of, new_session, note_of

if TYPE_CHECKING:
    from types import ModuleType

RUNS = 2
"""In a trial: the first run may lay memory out; the second one finds it."""


PACKAGE = RuntimePackage(
    "onnxruntime",
    "onnxruntime",
    INSTALL,
    others=(
        "onnxruntime-gpu",
        "onnxruntime-openvino",
        "onnxruntime-qnn",
        "onnxruntime-migraphx",
        "onnxruntime-webgpu",
    ),
)


@dataclass(frozen=True)
class OnnxDriver:
    """A `RuntimeDriver` that reads its own format, and whose models are tried in a child first."""

    name: str = "onnxruntime"
    aliases: tuple[str, ...] = ("ort",)
    summary: str = "Microsoft's ONNX Runtime"
    requires: RuntimePackage = PACKAGE
    formats: tuple[str, ...] = (".onnx",)
    processors: tuple[str, ...] = tuple(PROVIDERS)
    settings: tuple[str, ...] = (
        "threads",
        "inter_threads",
        "instances",
        "instance_kind",
        "batch",
        "provider",
        "allow_fallback",
        "affinity",
    )
    profiles_ops: bool = False
    preference: int = 10

    def missing_processors(self) -> Mapping[str, str]:
        """Return the providers that the installed package lacks; see `ProcessorFinder`."""
        return missing(self._module())

    def read_model(self, content: bytes, where: str) -> ModelFacts:
        """Read a file; see `ModelReader`."""
        return read_onnx(content, where)

    def read_model_at(self, content: bytes, where: str, shapes: Mapping[str, Shape]) -> ModelFacts:
        """Read a file at its inputs' shapes; see `SizingReader`."""
        return read_onnx(content, where, shapes)

    def external_files(self, content: bytes, path: Path) -> Sequence[Path]:
        """Return the files that have the weights; see `ExternalReader`."""
        return external_files(content, path)

    def open(self, model: Model, settings: RuntimeSettings) -> HostSut:
        """Open a model; see `RuntimeDriver`."""
        external_files(model.content, model.path)
        return HostSut(model, self, settings)

    def bind(self, model: Model, settings: RuntimeSettings) -> Bound:
        """Open one session; see `HostDriver`."""
        module = self._module()
        faults = faults_of(module)
        weights = external_files(model.content, model.path)
        with captured_stderr() as lines:
            try:
                session = new_session(module, model.content, model.path.parent, settings)
                binding = Binding(session, model, settings.batch)
                placement = placement_of(module, session, model, settings, binding.named)
            except faults as error:
                raise ModelNotSupported(
                    f"{self.name} {self.requires.version} can't run {model.label}: "
                    f"{fault_text(error)}"
                ) from error
        return Bound(
            invoke=binding.invoke,
            inputs=tuple(each.reshape(-1).view("u1").data for each in binding.inputs),
            outputs=tuple(each.reshape(-1).view("u1").data for each in binding.outputs),
            faults=faults,
            placement=placement,
            notes=(*map(note_of, lines), *external_note(weights)),
        )

    def try_model(self, job: Job, file: Path, report: Callable[[str], None]) -> None:
        """Open and run a model in a child process; see `TrialDriver`."""
        module = self._module()
        report(BEGUN)
        content, path = file.read_bytes(), job.path or Path.cwd() / file.name
        external_files(content, path)
        session = new_session(module, content, path.parent, job.settings)
        report(OPENED)
        named = {
            tensor.name: values.reshape(tensor.shape)
            for tensor, values in zip(job.tensors, job.inputs, strict=True)
        }
        report(ALLOCATED)
        for _ in range(RUNS):
            session.run(None, named)
        report(RAN)

    def _module(self) -> ModuleType:
        with captured_stderr():  # it prints which devices it could not find
            return self.requires.load(self.name)
