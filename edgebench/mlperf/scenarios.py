"""The scenarios and modes of MLPerf Inference, and how each is scored.

Source: mlcommons/inference_policies, inference_rules.adoc (edge category), and LoadGen 6.0.17.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

ScenarioName = Literal["singlestream", "multistream", "server", "offline"]
ModeName = Literal["performance", "accuracy", "compliance", "energy"]

Pace = Literal["real-time", "accelerated"]
"""How the frames of a stream come: as they were recorded, or as fast as they are answered."""

PACES: tuple[Pace, ...] = ("real-time", "accelerated")
MODES: tuple[ModeName, ...] = ("performance", "accuracy", "compliance", "energy")


@dataclass(frozen=True)
class Scenario:
    """A scenario: LoadGen's name for it, and what its score is.

    ``score_key`` is the key of LoadGen's detail log that the rules score; ``lower_is_better``
    tells latencies from rates. ``samples_per_query`` is 0 where a query is the whole test.
    """

    name: ScenarioName
    loadgen_name: str
    score_key: str
    score_name: str
    unit: str
    lower_is_better: bool
    samples_per_query: int


SCENARIOS: dict[ScenarioName, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "singlestream",
            "SingleStream",
            "early_stopping_latency_ss",
            "90th percentile latency (early stopping)",
            "ns",
            True,
            1,
        ),
        Scenario(
            "multistream",
            "MultiStream",
            "early_stopping_latency_ms",
            "99th percentile latency of 8 samples (early stopping)",
            "ns",
            True,
            8,
        ),
        Scenario(
            "server",
            "Server",
            "result_completed_samples_per_sec",
            "completed queries per second within the latency bound",
            "samples/s",
            False,
            1,
        ),
        Scenario(
            "offline",
            "Offline",
            "result_samples_per_second",
            "samples per second",
            "samples/s",
            False,
            0,
        ),
    )
}
"""Every scenario, in the order in which they are run."""

OFFICIAL_DURATION_MS = 600_000
SINGLESTREAM_QUERIES = 64
MULTISTREAM_QUERIES = 662
"""The fewest queries from which LoadGen's early stopping can estimate p90, and p99."""
OFFLINE_SAMPLES = 24_576
SERVER_LATENCY_BOUND_MS = 10.0
"""LoadGen's own bound for a Server model that its mlperf.conf does not name."""
LATENCY_PERCENTILES = ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")


_BY_NAME: dict[str, Scenario] = {each.name: each for each in SCENARIOS.values()}


def scenario_called(loadgen_name: str) -> Scenario:
    """Return the scenario of a name in any case and with any separators, as LoadGen prints it.

    Raises
    ------
    KeyError
        If there is none.
    """
    return _BY_NAME[re.sub("[^a-z]", "", loadgen_name.lower())]
