"""LoadGen's queries are to fit into memory before they are made."""

from __future__ import annotations

import pytest

from edgebench.errors import MemoryShort
from edgebench.harness import memory_need
from edgebench.harness.memory_need import check_memory
from edgebench.mlperf.config import Value
from edgebench.mlperf.scenarios import SCENARIOS, ScenarioName

TEN_S = 10_000


@pytest.mark.parametrize(
    ("scenario", "conf", "queries_bytes"),
    [
        # A query of 0.1 ms: twice the 100,000 that 10 s have.
        ("singlestream", {"min_duration": TEN_S, "target_latency": 0.1}, 200_000 * 470),
        ("multistream", {"min_duration": TEN_S, "target_latency": 0.8}, 25_000 * 750),
        ("server", {"min_duration": TEN_S, "target_qps": 1000.0}, 10_000 * 355),
        ("server", {"min_duration": 1, "target_qps": 1.0, "min_query_count": 1000}, 1000 * 355),
        ("offline", {"min_duration": TEN_S, "target_qps": 5000.0}, 55_000 * 165),
    ],
)
def test_the_need_is_told_to_the_byte(
    monkeypatch: pytest.MonkeyPatch,
    scenario: ScenarioName,
    conf: dict[str, Value],
    queries_bytes: int,
) -> None:
    loaded_bytes = 1_000_000
    needed = 1.05 * (queries_bytes + loaded_bytes)
    monkeypatch.setattr(memory_need, "available_bytes", lambda: int(needed) + 1)
    check_memory(SCENARIOS[scenario], conf, loaded_bytes)
    monkeypatch.setattr(memory_need, "available_bytes", lambda: int(needed) - 1)
    with pytest.raises(MemoryShort, match=f"take {needed / 2**20:,.0f} MiB"):
        check_memory(SCENARIOS[scenario], conf, loaded_bytes)


def test_where_nobody_says_what_is_available_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory_need, "available_bytes", lambda: None)
    check_memory(SCENARIOS["server"], {"min_duration": 10**9, "target_qps": 1e6}, 0)
