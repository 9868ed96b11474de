"""An open model whose inputs and outputs lie at fixed places in memory, and who opens it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from edgebench.models.resolve import Model
from edgebench.rundir.records.placement import Placement
from edgebench.runtime_settings import RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver


class Target(Protocol):
    """Where a sample's bytes are copied to: ``target[:] = source``."""

    def __setitem__(self, where: slice, source: Any, /) -> None: ...

    def __len__(self) -> int: ...


def always_in_place() -> bool:
    """Return True: for outputs that the runtime is given the memory of."""
    return True


@dataclass(frozen=True)
class Bound:
    """An open model that has run once.

    Attributes
    ----------
    invoke
        Runs what the inputs hold.
    inputs
        Where samples are copied to; of a batch, the memory of all its samples.
    outputs
        Each output's memory, where the last invocation left it.
    fetches
        To be called after each invocation, before `outputs` are read.
    faults
        The exceptions that `invoke` raises where the runtime fails.
    are_in_place
        Says whether the outputs still lie where they did.
    delegates, default_delegates
        Those that took part of the graph, and those that the runtime applies by itself.
    placement
        What computes each op; None where the runtime does not tell.
    notes
        What the runtime printed, or a reader of the result must know.
    """

    invoke: Callable[[], object]
    inputs: tuple[Target, ...]
    outputs: tuple[memoryview, ...]
    faults: tuple[type[Exception], ...]
    fetches: tuple[Callable[[], None], ...] = ()
    are_in_place: Callable[[], bool] = always_in_place
    delegates: tuple[str, ...] = ()
    default_delegates: tuple[str, ...] = ()
    placement: Placement | None = None
    notes: tuple[str, ...] = ()


@runtime_checkable
class HostDriver(RuntimeDriver, Protocol):
    """A runtime whose instances can live in threads or in processes; it can be pickled."""

    def bind(self, model: Model, settings: RuntimeSettings) -> Bound:
        """Open one instance of a model, at the batch of the settings.

        Raises
        ------
        RuntimeMissing
            If what it requires is not installed.
        ModelNotSupported, ModelInvalid
            If it can't run the model, or not with these settings.
        """
