"""What memory LoadGen's queries take: it makes all of them before a test begins.

Without this check the kernel would end a run that does not fit, and nobody would say why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edgebench.errors import MemoryShort
from edgebench.host.memory import available_bytes
from edgebench.mlperf.config import Value
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


def check_memory(scenario: Scenario, conf: Mapping[str, Value]) -> None:
    """Refuse a performance test whose queries would not fit into memory.

    Parameters
    ----------
    conf
        The test's user.conf.

    Raises
    ------
    MemoryShort
        If they need more than the machine has to give, swap included.
    """
    made = max(_MADE[scenario.name](conf), conf.get("min_query_count", 0))
    needed, available = made * QUERY_BYTES[scenario.name], available_bytes()
    if available is not None and needed > available:
        seconds = conf["min_duration"] / 1000
        raise MemoryShort(
            f"{scenario.loadgen_name}: LoadGen makes all its queries before a test begins, and "
            f"{made:,.0f} for {seconds:g} s at this model's speed take {needed / 2**20:,.0f} MiB; "
            f"{available / 2**20:,.0f} are available. Ask for a shorter test (--duration), end "
            "other programs or add swap"
        )
