"""run.json: the system under test."""

from __future__ import annotations

from dataclasses import dataclass

from edgebench.rundir.record_base import Record


@dataclass(frozen=True, repr=False)
class SutDescription(Record):
    """What a system under test turned out to be; all of it goes into run.json.

    ``delegates`` are those that took part of the graph, not those that were asked for;
    ``notes`` is what the runtime itself printed while it was opened; ``loaded_samples`` is how
    many samples it can hold ready, 0 for as many as memory allows.
    """

    name: str
    runtime: str
    runtime_version: str
    resolver: str
    delegates: tuple[str, ...]
    threads: int
    instances: int
    instance_kind: str
    batch: int
    affinity: tuple[int, ...]
    clock: str
    notes: tuple[str, ...] = ()
    loaded_samples: int = 0
