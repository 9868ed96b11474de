"""What can be set, and which combinations are worth a trial on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from edgebench.harness.request import RunRequest
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.width import guideline, width_of
from edgebench.runtimes import RUNTIMES

BATCHES = (1, 4, 16)


@dataclass(frozen=True)
class Settings:
    """Fields of a `RunRequest` that don't change what is computed, only how fast.

    ``affinity`` is empty for wherever the kernel puts the threads.
    """

    runtime: str
    threads: int = 1
    instances: int = 1
    instance_kind: str = "auto"
    batch: int = 1
    resolver: str = "default"
    affinity: tuple[int, ...] = ()

    def applied(self, request: RunRequest) -> RunRequest:
        """Return a request with these settings."""
        return replace(request, **{field.name: getattr(self, field.name) for field in fields(self)})

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own types."""
        return asdict(self)

    def __str__(self) -> str:
        words = [self.runtime, f"{self.threads} thread{'s' * (self.threads != 1)}"]
        if self.instances > 1:
            words.append(f"x {self.instances} instances in {self.instance_kind}")
        words += [f"batch {self.batch}"] if self.batch > 1 else []
        words += [f"{self.resolver} kernels"] if self.resolver != "default" else []
        words += [f"on CPUs {','.join(map(str, self.affinity))}"] if self.affinity else []
        return " ".join(words)


def settings_from_json(values: dict[str, Any]) -> Settings:
    """Rebuild settings.

    Raises
    ------
    TypeError
        If a name is unknown.
    """
    return Settings(**{**values, "affinity": tuple(values.get("affinity", ()))})


@dataclass(frozen=True)
class Contestants:
    """What is compared in the end, beside the search's own find.

    Attributes
    ----------
    default
        edgebench's: one instance of one thread.
    vendor
        As TensorFlow Lite's documentation has it for speed: as many threads as cores.
    guideline
        By the width of the model's graph: `edgebench.models.tflite.width`.
    """

    default: Settings
    vendor: Settings
    guideline: Settings

    def named(self) -> dict[str, Settings]:
        """Return them by what the table calls them."""
        return {"default": self.default, "vendor": self.vendor, "guideline": self.guideline}


def contestants(facts: ModelFacts, runtime: str, cpus: Sequence[int]) -> Contestants:
    """Return the settings that the search's find is laid beside."""
    found = guideline(width_of(facts), len(cpus))
    kind = "auto" if found.instances == 1 else "processes"
    return Contestants(
        Settings(runtime),
        Settings(runtime, threads=len(cpus)),
        Settings(runtime, found.threads, found.instances, kind),
    )


def candidates(
    facts: ModelFacts, runtimes: Sequence[str], cpus: Sequence[int], *, several: bool, batches: bool
) -> Iterator[Settings]:
    """Yield what is worth a trial, the likeliest first.

    Parameters
    ----------
    several
        Whether several instances serve the objective: not a single stream of queries.
    batches
        Whether samples may wait for each other.
    """
    cores = len(cpus)
    can_batch = batches and all(t.shape and t.shape[0] == 1 for t in facts.inputs)
    shapes = sorted(
        (
            (instances, threads)
            for instances in _powers(cores)
            for threads in _powers(cores)
            if instances * threads <= cores and (several or instances == 1)
        ),
        key=lambda shape: (-shape[0] * shape[1], -shape[0]),
    )
    for runtime in runtimes:
        for instances, threads in shapes:
            kinds = ("processes", "threads") if instances > 1 else ("auto",)
            for kind in kinds:
                yield Settings(runtime, threads, instances, kind)
        if runtime == "litert":
            yield Settings(runtime, resolver="no-delegate")
    best = runtimes[0]
    instances = cores if several else 1
    kind = "processes" if instances > 1 else "auto"
    # Pinned: an instance a core, or the only one on the last core, which interrupts leave alone.
    pinned = tuple(cpus) if several else (cpus[-1],)
    yield Settings(best, 1, instances, kind, affinity=pinned)
    for batch in BATCHES[1:] if can_batch else ():
        yield Settings(best, 1, instances, kind, batch)
        yield Settings(best, cores, 1, "auto", batch)


def _powers(most: int) -> list[int]:
    """Return 1, 2, 4, ... and `most` itself."""
    found = [1]
    while found[-1] * 2 < most:
        found.append(found[-1] * 2)
    return found if most == 1 else [*found, most]


def usable_cpus() -> tuple[int, ...]:
    """Return the processors that this process may use."""
    return tuple(sorted(os.sched_getaffinity(0)))


def installed_runtimes() -> tuple[str, ...]:
    """Return the names of the runtimes that are here, the default first."""
    return tuple(name for name, runtime in RUNTIMES.items() if runtime.version)
