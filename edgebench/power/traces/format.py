"""A file format of recorded power, and what its reader may need to know about a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgebench.power.traces.trace import PowerTrace


@dataclass(frozen=True)
class ReadOptions:
    """Facts that a file does not state itself.

    Attributes
    ----------
    supply_v
        The board's voltage, for a file with currents alone.
    columns
        What columns mean: ``{"time": "t_ms", "current": "uA"}``.
    rail
        Which of several rails is read.
    """

    supply_v: float | None = None
    columns: Mapping[str, str] | None = None
    rail: str | None = None

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that are given."""
        return tuple(name for name, value in vars(self).items() if value is not None)


class TraceFormat(Protocol):
    """A file format."""

    @property
    def name(self) -> str:
        """As lists name it."""

    @property
    def summary(self) -> str:
        """A description, in half a sentence."""

    @property
    def takes(self) -> frozenset[str]:
        """The fields of `ReadOptions` that it needs or can use."""

    @property
    def is_last(self) -> bool:
        """Whether it is tried after all others: it would take almost any text."""

    def recognizes(self, name: str, head: bytes) -> bool:
        """Whether a file is of this format, by its name and its first bytes."""

    def read(self, path: Path, options: ReadOptions) -> PowerTrace:
        """Return the trace of a file.

        Raises
        ------
        TraceInvalid, LogInvalid
            If the file is damaged, with the line.
        UsageError
            If it does not say something that `options` has to.
        """
