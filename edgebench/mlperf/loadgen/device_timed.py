"""Logs in LoadGen's layout whose times are a device's own: labelled, and not LoadGen's.

Each line is ``:::MLLOG {json}``; the first has the key ``generator``, which LoadGen's logs lack
so that no reader takes them for LoadGen's, and the namespace is ``edgebench``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edgebench.mlperf.loadgen.detail import DETAIL_FILE, PREFIX, SUMMARY_FILE
from edgebench.mlperf.scenarios import Scenario
from edgebench.text.json_text import json_text

GENERATOR = "edgebench: the device's own clock"
NAMESPACE = "edgebench"
PERCENTILES = (50.0, 90.0, 95.0, 97.0, 99.0, 99.9)


def percentile_name(percentile: float) -> str:
    """Return a percentile's name in records: ``p50``, ``p99.9``."""
    return f"p{percentile:g}"


def write_device_log(
    folder: Path,
    scenario: Scenario,
    clock: str,
    latency_ns: Mapping[str, int],
    samples_per_second: float,
    inferences: int,
) -> None:
    """Write a detail and a summary log of device-timed inferences; the folder is there.

    Parameters
    ----------
    latency_ns
        By `percentile_name`, and ``min``, ``mean``, ``max``; empty where single inferences were
        not timed.
    """
    entries: dict[str, object] = {
        "generator": GENERATOR,
        "clock": clock,
        "requested_scenario": scenario.loadgen_name,
        "result_sample_count": inferences,
        "result_samples_per_second": samples_per_second,
    }
    for name, value in latency_ns.items():
        key = f"{name[1:]}00_percentile" if name[0] == "p" else name
        entries[f"result_{key}_latency_ns"] = value
    lines = [
        PREFIX
        + json_text(
            {
                "key": key,
                "value": value,
                "namespace": NAMESPACE,
                "event_type": "POINT_IN_TIME",
                "metadata": {},
            },
            None,
        )
        for key, value in entries.items()
    ]
    (folder / DETAIL_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = [
        "================================================",
        f"Device-timed results; generator: {GENERATOR}",
        "================================================",
        f"Scenario : {scenario.loadgen_name}",
        f"Clock : {clock}",
        f"Samples per second : {samples_per_second:.6g}",
        f"Samples : {inferences}",
    ]
    summary += [f"{name} latency (ns) : {value}" for name, value in latency_ns.items()]
    (folder / SUMMARY_FILE).write_text("\n".join(summary) + "\n", encoding="utf-8")
