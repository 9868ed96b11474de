from __future__ import annotations

import pytest

from edgebench.mlperf.audits import AUDITS, audits_of, compared_value, gain, tolerance
from edgebench.mlperf.scenarios import SCENARIOS


def test_a_gain_is_a_gain_in_latencies_and_in_rates() -> None:
    assert gain(SCENARIOS["singlestream"], 200.0, 100.0) == pytest.approx(1.0)
    assert gain(SCENARIOS["offline"], 100.0, 200.0) == pytest.approx(1.0)
    assert gain(SCENARIOS["singlestream"], 100.0, 200.0) == pytest.approx(-0.5)


def test_very_short_latencies_may_vary_twice_as_much() -> None:
    assert tolerance(SCENARIOS["singlestream"], 150_000) == 0.20
    assert tolerance(SCENARIOS["singlestream"], 250_000) == 0.10
    assert tolerance(SCENARIOS["multistream"], 1_500_000) == 0.20
    assert tolerance(SCENARIOS["offline"], 5_000) == 0.10


def test_only_the_caching_audit_lets_a_slower_run_pass() -> None:
    assert [audit.name for audit in AUDITS if not audit.slower_fails] == ["TEST04"]


def test_a_servers_latency_is_compared_not_its_rate_of_arrivals() -> None:
    server, offline = SCENARIOS["server"], SCENARIOS["offline"]
    for is_quick in (True, False):
        assert compared_value(server, 500.0, {"p50": 1000}, is_quick=is_quick) == 1000
        assert compared_value(offline, 500.0, {"p50": 1000}, is_quick=is_quick) == 500.0
    assert gain(server, 1000, 500) == pytest.approx(1.0)


def test_a_quick_runs_median_is_compared_not_its_slowest_queries() -> None:
    for scenario in (SCENARIOS["singlestream"], SCENARIOS["multistream"]):
        assert compared_value(scenario, 5000.0, {"p50": 1000}, is_quick=True) == 1000
        assert compared_value(scenario, 5000.0, {"p50": 1000}, is_quick=False) == 5000


@pytest.mark.parametrize(
    ("benchmark", "sampled"),
    [
        *((None, 4096), ("resnet", 4096), ("bert-99.9", 4096), ("whisper", 4096)),
        *(("retinanet", 256), ("yolo-95", 64), ("3d-unet-99", 64), ("stable-diffusion-xl", 128)),
    ],
)
def test_as_many_answers_are_sampled_as_the_benchmarks_audit_has(
    benchmark: str | None, sampled: int
) -> None:
    by_name = {audit.name: audit for audit in audits_of(benchmark)}
    assert by_name["TEST01"].settings["accuracy_log_sampling_target"] == sampled
    assert by_name["TEST01"].settings["mode"] == 2
    assert "accuracy_log_sampling_target" not in by_name["TEST04"].settings
    assert list(by_name) == [audit.name for audit in AUDITS]
