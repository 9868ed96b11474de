"""Summaries and detail logs in the spelling of LoadGen's generations, with made-up figures."""

from __future__ import annotations

RULE = "================================================"
V05_MULTISTREAM = f"""{RULE}
MLPerf Results Summary
{RULE}
SUT name : made
Scenario : Multi Stream
Mode     : Performance
Samples per query : 32
Result is : INVALID
  Performance constraints satisfied : NO
  Min duration satisfied : Yes
  Min queries satisfied : Yes
Recommendations:
 * Reduce samples per query to improve latency.

{RULE}
Additional Stats
{RULE}
Intervals between each IssueQuery:  "qps" : 20, "ms" : 50
50.00 percentile : 1
99.00 percentile : 2

Per-query latency:  "target_ns" : 50000000, "target_ms" : 50
50.00 percentile latency (ns)   : 41000000
90.00 percentile latency (ns)   : 46000000
99.00 percentile latency (ns)   : 61000000

Per-sample latency:
Min latency (ns)                : 18000000
Max latency (ns)                : 78000000
Mean latency (ns)               : 35000000
50.00 percentile latency (ns)   : 31000000
99.00 percentile latency (ns)   : 48000000

{RULE}
Test Parameters Used
{RULE}
samples_per_query : 32
min_duration (ms): 60000
qsl_rng_seed : 3133965575612453542

3 warnings encountered. See detailed log.

1 ERROR encountered. See detailed log.
"""
V07_SINGLESTREAM = f"""{RULE}
MLPerf Results Summary
{RULE}
SUT name : PySUT
Scenario : Single Stream
Mode     : Performance
90th percentile latency (ns) : 6900000
Result is : VALID
  Min duration satisfied : Yes
  Min queries satisfied : Yes

{RULE}
Additional Stats
{RULE}
QPS w/ loadgen overhead         : 161.5
QPS w/o loadgen overhead        : 162.25

Min latency (ns)                : 4400000
Max latency (ns)                : 22000000
Mean latency (ns)               : 6100000
50.00 percentile latency (ns)   : 6000000
90.00 percentile latency (ns)   : 6900000
99.00 percentile latency (ns)   : 9500000
99.90 percentile latency (ns)   : 11000000

{RULE}
Test Parameters Used
{RULE}
samples_per_query : 1
target_latency (ns): 0
min_duration (ms): 60000

No warnings encountered during test.

No errors encountered during test.
"""
V31_SERVER = f"""{RULE}
MLPerf Results Summary
{RULE}
SUT name : made
Scenario : Server
Mode     : PerformanceOnly
Scheduled samples per second : 451.5
Result is : VALID
  Performance constraints satisfied : Yes
  Min duration satisfied : Yes
  Min queries satisfied : Yes
  Early stopping satisfied: Yes
Early Stopping Result:
 * Run successful.

{RULE}
Additional Stats
{RULE}
Completed samples per second    : 450.25

Min latency (ns)                : 130000
Max latency (ns)                : 29000000
Mean latency (ns)               : 850000
50.00 percentile latency (ns)   : 390000
99.00 percentile latency (ns)   : 12000000

{RULE}
Test Parameters Used
{RULE}
samples_per_query : 1
min_duration (ms): 600000

No warnings encountered during test.

No errors encountered during test.
"""
V41_TOKENS = f"""{RULE}
MLPerf Results Summary
{RULE}
SUT name : made
Scenario : Server
Mode     : PerformanceOnly
Completed samples per second    : 8.5
Completed tokens per second (inferred): 2520.25
Result is : VALID
  Performance constraints satisfied : Yes
  Min duration satisfied : Yes
  Min queries satisfied : Skipped
  Early stopping satisfied: Yes
TTFT Early Stopping Result:
 * Run successful.
TPOT Early Stopping Result:
 * Run successful.

{RULE}
Additional Stats
{RULE}
Scheduled samples per second : 8.75
Min latency (ns)                : 500000000
50.00 percentile latency (ns)   : 39000000000
99.00 percentile latency (ns)   : 140000000000
Min First Token latency (ns)                : 41000000
50.00 percentile first token latency (ns)   : 410000000
50.00 percentile time to output token (ns)   : 150000000

{RULE}
Test Parameters Used
{RULE}
samples_per_query : 1
ttft_latency (ns): 2000000000
min_duration (ms): 600000

No warnings encountered during test.

No errors encountered during test.
"""
V60_MULTISTREAM = f"""{RULE}
MLPerf Results Summary
{RULE}
SUT name : made
Scenario : MultiStream
Mode     : PerformanceOnly
99.0th percentile latency (ns) : 5200000
Result is : INVALID
  Min duration satisfied : NO
  Min queries satisfied : Yes
  Early stopping satisfied: Yes
Recommendations:
 * Increase the expected QPS so the loadgen pre-generates more queries.
Early Stopping Result:
 * Processed at least 662 queries (700).
 * Would discard 1 highest latency queries.
 * Early stopping 99.0th percentile estimate: 5300000

{RULE}
Additional Stats
{RULE}
Per-query latency:
Min latency (ns)                : 4000000
Max latency (ns)                : 5400000
Mean latency (ns)               : 4500000
50.00 percentile latency (ns)   : 4400000
99.00 percentile latency (ns)   : 5200000

{RULE}
Test Parameters Used
{RULE}
samples_per_query : 8
min_duration (ms): 600000

No warnings encountered during test.

No errors encountered during test.
"""
_HEAD = '"pid": 7, "tid": 7, "ts": 55410ns : '
V05_DETAIL = "\n".join(
    _HEAD + text
    for text in (
        "LoadgenVersionInfo:",
        "version : .5a1 @ 0123456789",
        "",
        "Effective Settings:",
        "Scenario : Single Stream",
        "Test mode : Performance",
        "samples_per_query : 1",
        "min_duration (ms): 60000",
        "qsl_rng_seed : 195",
        "sample_index_rng_seed : 235",
        "schedule_rng_seed : 634",
        "",
        "Requested Settings:",
        "qsl_rng_seed : 1",
        "",
        "WARNING: something was odd",
        "ERROR: something was wrong",
        'POWER_BEGIN: "mode" : Performance, "time" : 10-10-2019 13:00:54.177',
        'POWER_END: "mode" : Performance, "time" : 10-10-2019 13:01:58.404',
    )
)


def v1_detail(**changes: object) -> str:
    """Return a SingleStream detail log as LoadGen 1.0 wrote it: no early stopping, no counts."""
    values: dict[str, object] = {
        "loadgen_version": "1.0 @ 0123456789",
        "effective_scenario": "SingleStream",
        "effective_test_mode": "PerformanceOnly",
        "effective_min_duration_ms": 600_000,
        "generated_samples_per_query": 1,
        "power_begin": "03-06-2021 07:40:43.575",
        "power_end": "03-06-2021 07:50:43.575",
        "result_validity": "VALID",
        "result_min_duration_met": True,
        "result_min_queries_met": True,
        "result_qps_without_loadgen_overhead": 3553.5,
        "result_min_latency_ns": 250_000,
        "result_max_latency_ns": 900_000,
        "result_mean_latency_ns": 281_000,
        **{
            f"result_{p}_percentile_latency_ns": 280_000 + 1000 * n
            for n, p in enumerate(("50.00", "90.00", "95.00", "97.00", "99.00", "99.90"))
        },
        **changes,
    }
    import json

    return "".join(
        f":::MLLOG {json.dumps({'key': key, 'value': value, 'metadata': {'is_error': False}})}\n"
        for key, value in values.items()
        if value is not None
    )
