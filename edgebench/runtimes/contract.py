"""The contract of a runtime's driver: its facts, and how it is opened.

A driver is one object, found through an entry point of the group ``edgebench.suts`` that has the
driver's name and names a `RuntimeDriver` or a class of one. All that edgebench says of a runtime
comes from its driver: `edgebench list runtimes`, `edgebench doctor`, help, error messages, what
`edgebench tune` tries, and the table in docs/runtimes.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from edgebench.runtime_settings import RuntimeSettings, setting_types
from edgebench.runtimes.package import RuntimePackage

if TYPE_CHECKING:
    from edgebench.models.resolve import Model
    from edgebench.models.tflite.inspect import ModelFacts
    from edgebench.models.tflite.shapes import Shape
    from edgebench.models.trial.job import Job
    from edgebench.sut.contract import SystemUnderTest

GROUP = "edgebench.suts"
TFLITE = ".tflite"
"""The format that edgebench reads itself; other ones need a `ModelReader`."""


def all_settings() -> tuple[str, ...]:
    """Return the names of all settings that a driver can honour."""
    return tuple(name for name in setting_types() if name != "runtime")


class RuntimeDriver(Protocol):
    """One runtime."""

    @property
    def name(self) -> str:
        """As ``runtime`` names it, and its entry point."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names."""

    @property
    def summary(self) -> str:
        """Its description in half a sentence."""

    @property
    def requires(self) -> RuntimePackage:
        """The package that it runs on; its version is the runtime's."""

    @property
    def formats(self) -> tuple[str, ...]:
        """The endings of the model files that it takes, such as ``.tflite``."""

    @property
    def processors(self) -> tuple[str, ...]:
        """The processors that it can use without a delegate, such as ``cpu`` or ``gpu``."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The fields of `RuntimeSettings` that it honours, but for ``runtime``.

        A field that is not among them is refused before anything is opened.
        """

    @property
    def profiles_ops(self) -> bool:
        """Whether it runs a model that is cut after any op, which is how ops are timed."""

    @property
    def preference(self) -> int:
        """Where no runtime is named, the installed one with the highest is taken.

        One of another package is taken only where none of edgebench's own is installed.
        """

    def open(self, model: Model, settings: RuntimeSettings) -> SystemUnderTest:
        """Open a model.

        Raises
        ------
        RuntimeMissing
            If what it requires is not installed.
        ModelNotSupported
            If it can't run the model, or not with these settings.
        """


@runtime_checkable
class InterpreterDriver(RuntimeDriver, Protocol):
    """A runtime whose package has TensorFlow Lite's interpreter for Python.

    With it edgebench looks at tensors and outputs without a harness.
    """

    @property
    def is_exact(self) -> bool:
        """Whether its reference kernels compute what TensorFlow Lite Micro's do, bit for bit."""

    def load_interpreter(self) -> ModuleType:
        """Return the module with ``Interpreter`` and ``OpResolverType``.

        Raises
        ------
        RuntimeMissing
            If it is not installed.
        """


@runtime_checkable
class ModelReader(Protocol):
    """A driver that reads its own formats, so that edgebench can prepare inputs and outputs."""

    def read_model(self, content: bytes, where: str) -> ModelFacts:
        """Return what a file says of itself: its inputs and outputs; ops if it has any.

        Raises
        ------
        ModelInvalid
            If the file is damaged; the message begins with `where`.
        """


@runtime_checkable
class SizingReader(ModelReader, Protocol):
    """A `ModelReader` that derives all shapes of a model from those of its inputs."""

    def read_model_at(self, content: bytes, where: str, shapes: Mapping[str, Shape]) -> ModelFacts:
        """Return the facts of a file at the shapes of its inputs, by their names."""


@runtime_checkable
class ExternalReader(ModelReader, Protocol):
    """A `ModelReader` of a format that may keep weights in other files."""

    def external_files(self, content: bytes, path: Path) -> Sequence[Path]:
        """Return those files, which are part of the model: its SHA-256 covers them.

        Raises
        ------
        ModelInvalid
            If one is missing.
        """


@runtime_checkable
class ProcessorFinder(Protocol):
    """A driver that knows which of its processors the installed package lacks."""

    def missing_processors(self) -> Mapping[str, str]:
        """Return those of `processors` that can't be used, each with what to install for it.

        Raises
        ------
        RuntimeMissing
            If the package itself is not installed.
        """


@runtime_checkable
class TrialDriver(Protocol):
    """A driver whose models are run first in a child process: what crashes ends only that."""

    def try_model(self, job: Job, file: Path, report: Callable[[str], None]) -> None:
        """Open the job's model and run it, in the child process.

        Parameters
        ----------
        file
            Has the model's bytes.
        report
            Called with each of `edgebench.models.trial.job.STAGES` that is reached.
        """
