"""Choose the combinations of settings that are worth a trial on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgebench.host.cpus import CpuCluster
from edgebench.models.tflite.inspect import ModelFacts
from edgebench.models.tflite.width import guideline, width_of
from edgebench.runtime_settings import InstanceKind, RuntimeSettings
from edgebench.runtimes.contract import RuntimeDriver
from edgebench.runtimes.drivers import within

BATCHES = (1, 4, 16)
SEVERAL: tuple[InstanceKind, ...] = ("processes", "threads")
ALONE: tuple[InstanceKind, ...] = ("auto",)
"""What instances may live in: several of them, and a single one."""


@dataclass(frozen=True)
class Contestants:
    """Settings that are compared in the end with the search's own find.

    Attributes
    ----------
    default
        edgebench's: one instance of one thread.
    vendor
        As TensorFlow Lite's documentation has it for speed: as many threads as physical cores.
    guideline
        By the width of the model's graph: `edgebench.models.tflite.width`.
    """

    default: RuntimeSettings
    vendor: RuntimeSettings
    guideline: RuntimeSettings

    def named(self) -> dict[str, RuntimeSettings]:
        """Return them by what the table calls them."""
        return {"default": self.default, "vendor": self.vendor, "guideline": self.guideline}


def contestants(facts: ModelFacts, driver: RuntimeDriver, cores: Sequence[int]) -> Contestants:
    """Return the settings that the search's find is compared with.

    What the runtime can't do is left at its default. ``cores`` are `one_per_core`'s.
    """
    found = guideline(width_of(facts), len(cores))
    kind: InstanceKind = "auto" if found.instances == 1 else "processes"
    return Contestants(
        RuntimeSettings(driver.name),
        within(driver, RuntimeSettings(driver.name, threads=len(cores))),
        within(driver, RuntimeSettings(driver.name, found.threads, found.instances, kind)),
    )


def candidates(
    facts: ModelFacts,
    runtimes: Sequence[RuntimeDriver],
    cpus: Sequence[int],
    *,
    several: bool,
    batches: bool,
    clusters: Sequence[CpuCluster] = (),
    cores: Sequence[int] = (),
) -> Iterator[RuntimeSettings]:
    """Yield what is worth a trial and a runtime can do, the likeliest first.

    Parameters
    ----------
    runtimes
        The preferred one first.
    cpus
        As many as may be kept busy at once.
    several
        Whether several instances serve the objective: not a single stream of queries.
    batches
        Whether samples may wait for each other.
    clusters
        The machine's kinds of cores, the fastest first.
    cores
        One of the CPUs per physical core; empty: each CPU is one.
    """
    cores = cores or cpus
    first = runtimes[0]
    found: list[RuntimeSettings] = []
    for cluster in clusters:
        pinned = _on_cluster(first.name, cluster, cpus, several=several)
        found += (within(first, settings) for settings in pinned)
    for driver in runtimes:
        shapes = _worth_trying(driver.name, len(cpus), len(cores), several=several)
        found += (within(driver, settings) for settings in shapes)
    more = [_pinned(first.name, cores, several=several)]
    if batches and all(t.shape and t.shape[0] == 1 for t in facts.inputs):
        more += _batched(first.name, len(cores), several=several)
    found += (within(first, settings) for settings in more)
    yield from dict.fromkeys(found)


def _worth_trying(
    runtime: str, cpus: int, cores: int, *, several: bool
) -> Iterator[RuntimeSettings]:
    # Processors that share a core are worth a trial too, after the cores.
    for most in dict.fromkeys((cores, cpus)):
        yield from _shapes_of(runtime, most, several=several)
    yield RuntimeSettings(runtime, resolver="no-delegate")


def _shapes_of(runtime: str, cores: int, *, several: bool) -> Iterator[RuntimeSettings]:
    """Yield instances and threads that the cores can hold, the fullest first."""
    shapes = [
        (instances, threads)
        for instances in (_powers(cores) if several else [1])
        for threads in _powers(cores)
        if instances * threads <= cores
    ]
    shapes.sort(key=lambda shape: (-shape[0] * shape[1], -shape[0]))
    for instances, threads in shapes:
        for kind in SEVERAL if instances > 1 else ALONE:
            yield RuntimeSettings(runtime, threads, instances, kind)


def _pinned(runtime: str, cpus: Sequence[int], *, several: bool) -> RuntimeSettings:
    """Return an instance per core, or the only one on the last core, where interrupts are rare."""
    instances, kind = _filled(len(cpus), several=several)
    affinity = tuple(cpus) if several else (cpus[-1],)
    return RuntimeSettings(runtime, 1, instances, kind, affinity=affinity)


def _on_cluster(
    runtime: str, cluster: CpuCluster, cpus: Sequence[int], *, several: bool
) -> Iterator[RuntimeSettings]:
    """Yield settings for one kind of cores, where there are others: slow ones delay the rest."""
    alike = tuple(cpu for cpu in cluster.cpus if cpu in cpus)
    if not alike or len(alike) == len(cpus):
        return
    for threads in dict.fromkeys((1, len(alike))):
        yield RuntimeSettings(runtime, threads, affinity=alike)
    if several and len(alike) > 1:
        yield RuntimeSettings(runtime, 1, len(alike), "processes", affinity=alike)


def _batched(runtime: str, cores: int, *, several: bool) -> Iterator[RuntimeSettings]:
    instances, kind = _filled(cores, several=several)
    for batch in BATCHES[1:]:
        yield RuntimeSettings(runtime, 1, instances, kind, batch)
        yield RuntimeSettings(runtime, cores, 1, "auto", batch)


def _filled(cores: int, *, several: bool) -> tuple[int, InstanceKind]:
    """Return how many instances of one thread fill the machine, and what they live in."""
    instances = cores if several else 1
    return instances, "processes" if instances > 1 else "auto"


def _powers(most: int) -> list[int]:
    """Return 1, 2, 4, ... and `most` itself."""
    found = [1]
    while found[-1] * 2 < most:
        found.append(found[-1] * 2)
    return found if most == 1 else [*found, most]
