"""Examine the limits of this process, as containers, systemd and shells set them."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

from edgebench.diagnostics.finding import Finding, Status
from edgebench.host.available_memory import available_memory, machine_bytes
from edgebench.host.cpus import CpuCluster, ranges
from edgebench.host.facts import HostFacts

FEW_FILES = 256
"""A run with several processes and a device holds some fifty files open."""


def limits(facts: HostFacts, root: Path) -> Iterator[Finding]:
    """Yield what is found of processors, quotas and memory that this process may not have."""
    yield from _cpus(facts)
    yield from _clusters(facts.clusters)
    quota = facts.limits.cpu_quota
    if quota is not None:
        yield _finding(
            "CPU quota",
            "warning",
            f"{quota}: the process is stopped for the rest of each period in which it is used up",
            "measure without it: `docker run` without --cpus, a pod without a CPU limit, a systemd "
            "unit without CPUQuota=",
        )
    yield from _memory(root)
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < FEW_FILES:
        yield _finding(
            "open files",
            "warning",
            f"at most {files} (`ulimit -n`): several instances and a device need more",
            f"`ulimit -n {4 * FEW_FILES}` in this shell",
        )


def _finding(name: str, status: Status, detail: str, advice: str = "") -> Finding:
    return Finding("machine", name, status, detail, advice)


def _cpus(facts: HostFacts) -> Iterator[Finding]:
    if facts.offline_cpus:
        yield _finding(
            "offline CPUs",
            "note",
            f"CPUs {ranges(facts.offline_cpus)} are switched off",
            "write 1 into /sys/devices/system/cpu/cpuN/online; on a Jetson, `sudo nvpmodel -m 0`",
        )
    if 0 < len(facts.usable_cpus) < facts.cores:
        yield _finding(
            "usable CPUs",
            "note",
            f"{len(facts.usable_cpus)} of {facts.cores}: CPUs {ranges(facts.usable_cpus)} "
            "(affinity or cpuset)",
            "`taskset`, --cpuset-cpus of a container or AllowedCPUs= of a systemd unit has set it",
        )


def _clusters(clusters: tuple[CpuCluster, ...]) -> Iterator[Finding]:
    if len(clusters) > 1:
        yield _finding(
            "kinds of cores",
            "note",
            "; ".join(map(str, clusters)),
            f"`affinity={ranges(clusters[0].cpus)}` keeps a run on the fastest; `edgebench tune` "
            "tries each kind",
        )


def _memory(root: Path) -> Iterator[Finding]:
    available, machine = available_memory(root), machine_bytes(root)
    if available is None:
        return
    detail = f"{available.size_bytes / 2**20:,.0f} MiB available"
    if not available.limit:
        yield _finding("memory", "ok", detail)
        return
    of = "" if machine is None else f" of the machine's {machine / 2**20:,.0f}"
    yield _finding(
        "memory",
        "note",
        f"{detail}{of}, under the {available.limit}",
        "official tests and large models need more: raise the limit for them",
    )
