"""Requests of a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgebench.errors import UsageError
from edgebench.harness.rehearsal.benchmarks import REHEARSED
from edgebench.text.call_text import call_text

ALL = "all"
LEAST_INPUTS = 5
"""The runner's performance and energy modes take so many."""
MOST_BAUD = 2_000_000


@dataclass(frozen=True)
class RehearsalRequest:
    """A rehearsal that is asked for.

    Attributes
    ----------
    benchmarks
        Short names, or ``all``: every one that has a model and data.
    out
        The folder that the runner's files go to.
    models, datasets
        In place of the packaged ones, by the benchmark's short name. For ``sww``: its model, and
        the file that defines the streaming test, next to its recording.
    inputs
        How many the accuracy is over; 0 for all.
    window_s
        How long a window of performance or energy mode is to last.
    baud
        Of the lines to the devices.
    is_fast
        Play recordings as fast as the device takes them.
    """

    benchmarks: tuple[str, ...] = (ALL,)
    out: Path = Path("edgebench-rehearsal")
    models: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    inputs: int = 25
    window_s: float = 12.0
    baud: int = 921_600
    is_fast: bool = False

    def __post_init__(self) -> None:
        for name in (*self.models, *self.datasets):
            if name not in REHEARSED:
                raise UsageError.unknown("benchmarks", name, REHEARSED)
        for field_name, values in (("models", self.models), ("datasets", self.datasets)):
            unused = next((each for each in values if not self._is_named(each)), None)
            if unused is not None:
                raise UsageError(
                    f"`{field_name}` has one for {unused}, which is not among the benchmarks",
                    field=field_name,
                )
        for name in self.benchmarks:
            if name not in (ALL, *REHEARSED):
                raise UsageError.unknown("benchmarks", name, (ALL, *REHEARSED))
        if self.inputs and self.inputs < LEAST_INPUTS:
            raise UsageError(
                f"`inputs` must be {LEAST_INPUTS} or more, or 0 for all, not {self.inputs}",
                field="inputs",
            )
        if not 0 < self.window_s <= 25:
            raise UsageError(
                "`window_s` must be above 0 and at most 25: the runner waits 30 s for an answer",
                field="window_s",
            )
        if not 1200 <= self.baud <= MOST_BAUD:
            raise UsageError(
                f"`baud` must be 1200 to {MOST_BAUD}: the interface board's limits", field="baud"
            )

    def _is_named(self, name: str) -> bool:
        return ALL in self.benchmarks or name in self.benchmarks

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the short names, each once, in MLPerf's order.

        Raises
        ------
        UsageError
            If one that is named has no model or no data.
        """
        found = []
        for name, benchmark in REHEARSED.items():
            has_both = bool(benchmark.model) or (name in self.models and name in self.datasets)
            is_asked = name in {*self.benchmarks, *self.models, *self.datasets}
            if is_asked and not has_both:
                pulled = " and ".join(call_text("pull", each) for each in benchmark.packages)
                raise UsageError(
                    f"{name} has no packaged model: {pulled} fetch one and make its streaming "
                    "test; name them with `models` and `datasets`",
                    field="benchmarks",
                )
            if has_both and self._is_named(name):
                found.append(name)
        return tuple(found)
