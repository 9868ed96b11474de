"""The rounds of MLPerf Inference and the versions of MLPerf Tiny, in their order."""

from __future__ import annotations

from edgebench.mlperf.rounds import ROUND_SEEDS, latest_round
from edgebench.mlperf.tiny.tree import ROUNDS


def test_the_latest_round_is_by_its_number() -> None:
    assert latest_round(["v9.1", "v10.0", "v6.0"]) == "v10.0"
    assert latest_round(ROUND_SEEDS) == list(ROUND_SEEDS)[-1]
    assert latest_round(ROUNDS) in ROUNDS
