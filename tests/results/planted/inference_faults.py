"""Faults of a tree of MLPerf Inference; all but the last ones are the official checker's too."""

from __future__ import annotations

from collections.abc import Mapping

from tests.results.planted.faults import (
    Fault,
    all_of,
    edited,
    field,
    logged,
    moved,
    removed,
    without,
    written,
)
from tests.results.planted.power_faults import POWER_FAULTS, sealed

HOME = "closed/Org"
SYSTEM = f"{HOME}/systems/board.json"
RESULTS = f"{HOME}/results/board/resnet"
STREAM, MULTI, OFFLINE = (
    f"{RESULTS}/{each}" for each in ("SingleStream", "MultiStream", "Offline")
)
RUN = "performance/run_1"
POWER = f"{OFFLINE}/performance/power"
CLIENT, SERVER = f"{POWER}/client.json", f"{POWER}/server.json"
ACCURACY = f"{STREAM}/accuracy/accuracy.txt"


SYSTEMS: Mapping[str, Fault] = {
    "no system": Fault(removed(SYSTEM), "is missing"),
    "status": Fault(field(SYSTEM, "status", "soon"), "status is 'soon'"),
    "system type": Fault(field(SYSTEM, "system_type", "fridge"), "system_type is 'fridge'"),
    "division": Fault(field(SYSTEM, "division", "open"), "division is 'open'"),
    "submitter": Fault(field(SYSTEM, "submitter", "Other"), "submitter is 'Other'"),
    "no cooling": Fault(without(SYSTEM, "cooling"), "no field 'cooling'"),
    "empty framework": Fault(field(SYSTEM, "framework", ""), "'framework' is empty"),
    "bare 0": Fault(field(SYSTEM, "accelerators_per_node", 0), "'accelerators_per_node' is empty"),
    "null": Fault(field(SYSTEM, "host_networking", None), "'host_networking' is empty"),
    "nodes N/A": Fault(field(SYSTEM, "number_of_nodes", "N/A"), "is 'N/A', not a count"),
    "nodes many": Fault(field(SYSTEM, "number_of_nodes", "many"), "is 'many', not a count"),
    "accelerators N/A": Fault(field(SYSTEM, "accelerators_per_node", "N/A"), "not a count"),
    "network": Fault(field(SYSTEM, "is_network", "true"), "is_network is true"),
}

SETTINGS: Mapping[str, Fault] = {
    "no user.conf": Fault(removed(f"{STREAM}/user.conf"), "user.conf: is missing"),
    "empty README": Fault(written(f"{STREAM}/README.md", ""), "is missing or empty"),
    "no measurements": Fault(removed(f"{STREAM}/measurements.json"), "is missing"),
    "measurements lack": Fault(
        without(f"{STREAM}/measurements.json", "retraining"), "no field 'retraining'"
    ),
    "measurements empty": Fault(
        field(f"{STREAM}/measurements.json", "weight_data_types", ""), "is empty"
    ),
    "no source": Fault(moved(f"{HOME}/src", "code"), "src: is missing"),
    "scenario lacks": Fault(moved(MULTI, "multi"), "closed needs multistream too"),
    "no benchmark": Fault(moved(RESULTS, "alexnet"), "counts as no benchmark"),
}

PERFORMANCE: Mapping[str, Fault] = {
    "seed": Fault(logged(f"{STREAM}/{RUN}", effective_qsl_rng_seed=1), "of no round"),
    "schedule seed": Fault(logged(f"{STREAM}/{RUN}", effective_schedule_rng_seed=1), "no round"),
    "short": Fault(logged(f"{STREAM}/{RUN}", effective_min_duration_ms=60_000), "a test of 60 s"),
    "few loaded": Fault(
        logged(f"{STREAM}/{RUN}", effective_performance_sample_count=600), "600 samples were loaded"
    ),
    "few offline": Fault(
        sealed(
            logged(
                f"{OFFLINE}/{RUN}",
                effective_samples_per_query=1000,
                generated_samples_per_query=1000,
            )
        ),
        "1000 samples; the rules want 24576",
    ),
    "early stopping": Fault(
        logged(f"{STREAM}/{RUN}", early_stopping_met=False), "says VALID, although there were too"
    ),
    "no early stopping": Fault(
        logged(f"{MULTI}/{RUN}", early_stopping_met=None), "says VALID, although there were too"
    ),
    "other scenario": Fault(
        logged(f"{STREAM}/{RUN}", effective_scenario="Server"), "a log of Server"
    ),
    "LoadGen's error": Fault(
        edited(f"{STREAM}/{RUN}/mlperf_log_detail.txt", '"is_error": false', '"is_error": true', 1),
        "LoadGen says",
        official=False,
    ),
    "inferred by a datacenter": Fault(
        all_of(
            field(SYSTEM, "system_type", "datacenter,edge"),
            logged(f"{STREAM}/{RUN}", effective_scenario="Offline"),
        ),
        "a log of Offline, in a folder of singlestream",
    ),
    "no detail log": Fault(removed(f"{STREAM}/{RUN}/mlperf_log_detail.txt"), "is missing"),
    "INVALID": Fault(
        logged(f"{STREAM}/{RUN}", result_validity="INVALID", result_min_duration_met=False),
        "INVALID: it was shorter",
        official=False,
    ),
    "duration unmet": Fault(
        logged(f"{STREAM}/{RUN}", result_min_duration_met=False),
        "says VALID, although it was shorter",
        official=False,
    ),
    "ran short": Fault(
        logged(f"{STREAM}/{RUN}", power_end="08-01-2026 10:13:00.000"),
        "it ran for 30.0 s",
        official=False,
    ),
    "summary changed": Fault(
        edited(f"{STREAM}/{RUN}/mlperf_log_summary.txt", "estimate: 6", "estimate: 5"),
        "one of them was changed",
        official=False,
    ),
    "rate changed": Fault(
        logged(f"{MULTI}/{RUN}", result_query_count=9), "don't fill", official=False
    ),
    "throughput doubled": Fault(
        all_of(
            logged(f"{OFFLINE}/{RUN}", result_samples_per_second=2000.0),
            edited(f"{OFFLINE}/{RUN}/mlperf_log_summary.txt", "second: 1000.0", "second: 2000.0"),
            sealed(lambda root: None),
        ),
        "2000 samples per second for 601.0 s are not",
        official=False,
    ),
    "latencies out of order": Fault(
        logged(f"{STREAM}/{RUN}", **{"result_95.00_percentile_latency_ns": 1}),
        "its latencies contradict each other",
        official=False,
    ),
    "accuracy mode": Fault(
        logged(f"{STREAM}/{RUN}", effective_test_mode="AccuracyOnly"),
        "a log of AccuracyOnly",
        official=False,
    ),
}

ACCURACIES: Mapping[str, Fault] = {
    "too low": Fault(
        edited(ACCURACY, "accuracy=76.500%, good=38250", "accuracy=70.000%, good=35000"),
        "is below the benchmark's",
    ),
    "no accuracy": Fault(edited(ACCURACY, "accuracy=", "score="), "no line has the benchmark's"),
    "no hash": Fault(edited(ACCURACY, "hash=", "sum="), "no hash= line"),
    "not truncated": Fault(
        written(f"{STREAM}/accuracy/mlperf_log_accuracy.json", "[\n" + " " * 11_000 + "]\n"),
        "not truncated",
    ),
    "no accuracy log": Fault(removed(f"{STREAM}/accuracy/mlperf_log_accuracy.json"), "is missing"),
    "few samples": Fault(
        logged(f"{STREAM}/accuracy", qsl_reported_total_count=600), "accuracy on 600 samples"
    ),
    "counts contradict": Fault(
        edited(ACCURACY, "accuracy=76.500%", "accuracy=99.900%"),
        "38250 of 50000 are 76.500 %",
        official=False,
    ),
    "other log": Fault(
        written(f"{STREAM}/accuracy/mlperf_log_accuracy.json", "[\n]\n"),
        "its SHA-256 is not accuracy.txt's",
        official=False,
    ),
}

AUDITS: Mapping[str, Fault] = {
    "no TEST04": Fault(moved(f"{STREAM}/TEST04", "TESTS"), "closed needs this audit"),
    "TEST04 failed": Fault(
        written(f"{STREAM}/TEST04/verify_performance.txt", "TEST FAIL\n"), "does not say that"
    ),
    "TEST01 failed": Fault(
        written(f"{STREAM}/TEST01/verify_accuracy.txt", "TEST FAIL\n"), "does not say that"
    ),
    "TEST01 without a verdict": Fault(
        removed(f"{STREAM}/TEST01/verify_performance.txt"), "is missing"
    ),
    "TEST01 without logs": Fault(
        removed(f"{STREAM}/TEST01/{RUN}/mlperf_log_summary.txt"), "is missing"
    ),
    "TEST01 by other seeds": Fault(
        logged(f"{STREAM}/TEST01/{RUN}", effective_sample_index_rng_seed=1), "of no round"
    ),
    "TEST01 short": Fault(
        logged(f"{STREAM}/TEST01/{RUN}", effective_min_duration_ms=60_000), "a test of 60 s"
    ),
}

INFERENCE_FAULTS: Mapping[str, Fault] = {
    **SYSTEMS,
    **SETTINGS,
    **PERFORMANCE,
    **ACCURACIES,
    **AUDITS,
    **POWER_FAULTS,
}
