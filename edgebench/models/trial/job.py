"""The job of a child process that tries a model, and how far it got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from edgebench.models.tflite.tensors import Tensor
from edgebench.runtime_settings import RuntimeSettings

BEGUN, OPENED, ALLOCATED, RAN = "begun", "opened", "allocated", "ran"
RAISED = "raised"
STAGES = (BEGUN, OPENED, ALLOCATED, RAN, RAISED)
"""What a child reports, in this order; the last one in place of those that an error prevents."""


@dataclass(frozen=True)
class Job:
    """A model, the settings that it is to run with, and one sample in the model's own numbers.

    Attributes
    ----------
    settings
        Those of the run, with a ``runtime``. One instance is tried, wherever it may run.
    version, distribution
        Of the runtime's package, and what pip calls the one that is installed.
    tensors
        The model's inputs, at the shapes that it is measured at.
    inputs
        Each of a sample's shape; every sample of a batch gets the same.
    path
        A file that may have the content.
    sha256
        The model's, which covers weights in other files.
    """

    content: bytes = field(repr=False)
    settings: RuntimeSettings
    version: str
    tensors: tuple[Tensor, ...]
    inputs: Sequence[NDArray[Any]] = field(repr=False)
    keep_tensors: bool = False
    path: Path | None = None
    sha256: str = ""
    distribution: str = ""
