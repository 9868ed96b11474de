"""Estimate the memory of LoadGen's queries: it makes all of them before a test begins.

Without this check the kernel would end a run that does not fit, and nobody would say why.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Mapping
from pathlib import Path

from edgebench.errors import MemoryShort
from edgebench.host.available_memory import available_memory, process_memory
from edgebench.host.kernel_files import ROOT
from edgebench.mlperf.loadgen.config import Value
from edgebench.mlperf.scenarios import Scenario, ScenarioName

QUERY_BYTES: dict[ScenarioName, int] = {
    "singlestream": 470,
    "multistream": 750,
    "server": 355,
    "offline": 165,
}
"""Of a query that is made (Offline: of a sample), the answers' latencies with it: the growth of a
process by tests of 5 and of 20 s with LoadGen 6.0.17."""

_MADE: dict[ScenarioName, Callable[[Mapping[str, Value]], float]] = {
    # LoadGen makes twice as many as the expected latency asks for, and a tenth more of a rate.
    "singlestream": lambda conf: 2 * conf["min_duration"] / conf["target_latency"],
    "multistream": lambda conf: 2 * conf["min_duration"] / conf["target_latency"],
    "server": lambda conf: conf["target_qps"] * conf["min_duration"] / 1000,
    "offline": lambda conf: 1.1 * conf["target_qps"] * conf["min_duration"] / 1000,
}


MARGIN = 1.05

THREADS = 2
"""Those that a test starts: ours, which calls LoadGen, and the one of its logs."""
DEFAULT_STACK_BYTES = 8 * 2**20
THREADS_BYTES = 8 * 2**20
"""What a test takes besides its queries and stacks: 4 MiB with LoadGen 6.0.17, and a margin."""


def needed_bytes(scenario: Scenario, conf: Mapping[str, Value], loaded_bytes: int) -> int:
    """Return what a performance test takes; the parameters are those of `check_memory`."""
    made = max(_MADE[scenario.name](conf), conf.get("min_query_count", 0))
    return round(MARGIN * (made * QUERY_BYTES[scenario.name] + loaded_bytes))


def check_memory(
    scenario: Scenario,
    conf: Mapping[str, Value],
    loaded_bytes: int,
    root: Path = ROOT,
) -> None:
    """Refuse a performance test whose queries would not fit into memory.

    Swap does not count: what is fetched from there while time is taken is in the latencies.

    Parameters
    ----------
    conf
        The test's user.conf.
    loaded_bytes
        Of the samples that will be held ready.
    root
        The folder that /proc and /sys lie in.

    Raises
    ------
    MemoryShort
        If they need more than the machine, a control group or a limit of this process leaves; the
        message names which.
    """
    needed, available = needed_bytes(scenario, conf, loaded_bytes), available_memory(root)
    if available is not None and needed > available.size_bytes:
        seconds = conf["min_duration"] / 1000
        under = f" under the {available.limit}" if available.limit else ""
        raise MemoryShort(
            f"{scenario.loadgen_name}: LoadGen makes all its queries before a test begins, and for "
            f"{seconds:g} s at this model's speed they take {needed / 2**20:,.0f} MiB; "
            f"{available.size_bytes / 2**20:,.0f} are available{under}. "
            f"{'Raise that limit' if available.limit else 'End other programs'}, or ask for less "
            "time (`duration_s`; an official test's 600 s need a machine with more memory)"
        )


def check_threads(root: Path = ROOT) -> None:
    """Refuse a test of any mode whose threads do not fit under the limits of this process.

    LoadGen's C++ would end the process by a signal where the system refuses it memory.

    Raises
    ------
    MemoryShort
        If they do not; the message names the limit.
    """
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    each = DEFAULT_STACK_BYTES if stack == resource.RLIM_INFINITY else stack
    needed = THREADS * each + THREADS_BYTES
    for available in process_memory(root):
        if needed > available.size_bytes:
            raise MemoryShort(
                f"LoadGen's threads take {needed / 2**20:,.0f} MiB, and under the "
                f"{available.limit} {available.size_bytes / 2**20:,.0f} are left. Raise that limit"
            )
