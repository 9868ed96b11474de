"""Logs as LoadGen writes them, of tests that never ran: every figure agrees with every other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from edgebench.mlperf.rounds import ROUND_SEEDS

TIME = "%m-%d-%Y %H:%M:%S.%f"
DURATION_S = 601.0
PERCENTILES = ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")
RATE = 1000.0
_LATENCY_MS = {"SingleStream": 5.0, "MultiStream": 40.0}


def write_test(
    folder: Path, scenario: str, version: str, begin: datetime, samples: int, loaded: int
) -> None:
    """Write a performance test's two logs."""
    folder.mkdir(parents=True, exist_ok=True)
    values = _settings(scenario, version, begin, loaded) | {
        "effective_test_mode": "PerformanceOnly",
        "qsl_reported_total_count": samples,
        "qsl_reported_performance_count": loaded,
        "result_validity": "VALID",
        "result_min_duration_met": True,
        "result_min_queries_met": True,
        "early_stopping_met": True,
    }
    values |= _offline(samples) if scenario == "Offline" else _stream(scenario)
    _write(folder, values)
    (folder / "mlperf_log_summary.txt").write_text(_summary(scenario, values))


def write_accuracy_test(
    folder: Path, scenario: str, version: str, begin: datetime, samples: int, loaded: int
) -> None:
    """Write an accuracy test's logs; the answers are few, so that the log is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    values = _settings(scenario, version, begin, loaded) | {
        "effective_test_mode": "AccuracyOnly",
        "qsl_reported_total_count": samples,
        "qsl_reported_performance_count": loaded,
    }
    _write(folder, values)
    summary = "No warnings encountered during test.\n\nNo errors encountered during test.\n"
    (folder / "mlperf_log_summary.txt").write_text(summary)
    entries = ({"seq_id": n, "qsl_idx": n, "data": f"{n:08x}"} for n in range(64))
    text = "[\n" + ",\n".join(json.dumps(each) for each in entries) + "\n]\n"
    (folder / "mlperf_log_accuracy.json").write_text(text)


def _settings(scenario: str, version: str, begin: datetime, loaded: int) -> dict[str, Any]:
    seeds = ROUND_SEEDS[version]
    per_query = {"SingleStream": 1, "MultiStream": 8}.get(scenario, 1)
    return {
        "loadgen_version": "6.0.17 @ 0000000000",
        "sut_name": "made",
        "requested_scenario": scenario,
        "effective_scenario": scenario,
        "effective_min_duration_ms": 600_000,
        "effective_min_query_count": 1 if scenario == "Offline" else 1024,
        "effective_samples_per_query": per_query,
        "generated_samples_per_query": per_query,
        "effective_performance_sample_count": loaded,
        "effective_qsl_rng_seed": seeds.qsl,
        "effective_sample_index_rng_seed": seeds.sample_index,
        "effective_schedule_rng_seed": seeds.schedule,
        "effective_accuracy_log_sampling_target": 0,
        "effective_sample_concatenate_permutation": False,
        "power_begin": begin.strftime(TIME)[:-3],
        "power_end": (begin + timedelta(seconds=DURATION_S)).strftime(TIME)[:-3],
    }


def _offline(samples: int) -> dict[str, Any]:
    count = max(samples, round(RATE * DURATION_S))
    last_ns = round(count / RATE * 1e9)
    spread = {p: round(float(p) / 100 * last_ns) for p in PERCENTILES}
    return {
        "result_query_count": 1,
        "effective_samples_per_query": count,
        "generated_samples_per_query": count,
        "result_samples_per_second": RATE,
        **_latencies(spread, last_ns // 1000, last_ns // 2, last_ns),
    }


def _stream(scenario: str) -> dict[str, Any]:
    mean_ns = round(_LATENCY_MS[scenario] * 1e6)
    queries = int(0.99 * DURATION_S * 1e9 / mean_ns)
    spread = {p: round(mean_ns * (0.8 + float(p) / 200)) for p in PERCENTILES}
    found: dict[str, Any] = {
        "result_query_count": queries,
        "early_stopping_latency_ss": round(spread["90.00"] * 1.001),
        "early_stopping_latency_ms": round(spread["99.00"] * 1.001),
        "result_qps_with_loadgen_overhead": queries / DURATION_S,
        "result_qps_without_loadgen_overhead": 1e9 / mean_ns,
        **_latencies(spread, round(mean_ns * 0.7), mean_ns, round(mean_ns * 1.5)),
    }
    if scenario == "MultiStream":
        found |= {
            f"result_{p}_percentile_per_query_latency_ns": value for p, value in spread.items()
        }
        found |= {
            f"result_{name}_query_latency_ns": found[f"result_{name}_latency_ns"]
            for name in ("min", "mean", "max")
        }
    return found


def _latencies(spread: Mapping[str, int], least: int, mean: int, most: int) -> dict[str, int]:
    found = {f"result_{p}_percentile_latency_ns": value for p, value in spread.items()}
    return found | {
        "result_min_latency_ns": least,
        "result_mean_latency_ns": mean,
        "result_max_latency_ns": most,
    }


def _write(folder: Path, values: Mapping[str, Any]) -> None:
    lines = [
        ":::MLLOG "
        + json.dumps(
            {
                "key": key,
                "value": value,
                "time_ms": 0.0,
                "namespace": "mlperf::logging",
                "event_type": "POINT_IN_TIME",
                "metadata": {"is_error": False, "is_warning": False},
            }
        )
        for key, value in values.items()
    ]
    (folder / "mlperf_log_detail.txt").write_text("\n".join(lines) + "\n")


def _summary(scenario: str, values: Mapping[str, Any]) -> str:
    rule = "=" * 48
    scored = {
        "Offline": f"Samples per second: {values.get('result_samples_per_second')}",
        "SingleStream": (
            f"90.0th percentile latency (ns) : {values['result_90.00_percentile_latency_ns']}"
        ),
        "MultiStream": (
            f"99.0th percentile latency (ns) : {values['result_99.00_percentile_latency_ns']}"
        ),
    }[scenario]
    lines = [rule, "MLPerf Results Summary", rule, "SUT name : made", f"Scenario : {scenario}"]
    lines += ["Mode     : PerformanceOnly", scored, f"Result is : {values['result_validity']}"]
    lines += ["  Min duration satisfied : Yes", "  Min queries satisfied : Yes"]
    lines += ["  Early stopping satisfied: Yes"]
    if scenario != "Offline":
        lines += [
            "Early Stopping Result:",
            f" * Early stopping 90th percentile estimate: {values['early_stopping_latency_ss']}",
            f" * Early stopping 99th percentile estimate: {values['early_stopping_latency_ms']}",
        ]
    lines += [rule, "Additional Stats", rule]
    lines += [
        f"{p} percentile latency (ns)   : {values[f'result_{p}_percentile_latency_ns']}"
        for p in PERCENTILES
    ]
    lines += [f"Max latency (ns) : {values['result_max_latency_ns']}"]
    return "\n".join(lines) + "\n"
