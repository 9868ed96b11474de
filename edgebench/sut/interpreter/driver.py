"""A driver for a package with TensorFlow Lite's interpreter for Python."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from edgebench.models.resolve import Model
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import TFLITE
from edgebench.runtimes.package import RuntimePackage
from edgebench.sut.host.bound import Bound
from edgebench.sut.host.system import HostSut
from edgebench.sut.interpreter.interpreter import bound_interpreter


@dataclass(frozen=True)
class TfliteDriver:
    """An `InterpreterDriver`; a runtime of this kind is one object of it."""

    name: str
    summary: str
    requires: RuntimePackage
    is_exact: bool
    preference: int
    aliases: tuple[str, ...] = ()
    formats: tuple[str, ...] = (TFLITE,)
    processors: tuple[str, ...] = ("cpu",)
    settings: tuple[str, ...] = (
        "threads",
        "instances",
        "instance_kind",
        "batch",
        "resolver",
        "delegate",
        "delegate_options",
        "allow_fallback",
        "affinity",
    )
    profiles_ops: bool = True

    def load_interpreter(self) -> ModuleType:
        """Return its module; see `InterpreterDriver`."""
        return self.requires.load(self.name)

    def open(self, model: Model, settings: RuntimeSettings) -> HostSut:
        """Open a model; see `RuntimeDriver`."""
        return HostSut(model, self, settings)

    def bind(self, model: Model, settings: RuntimeSettings) -> Bound:
        """Open one interpreter; see `HostDriver`."""
        return bound_interpreter(model, self, settings)
