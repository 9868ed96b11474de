"""Run directories without a measurement: of a real quick run, with other figures written in."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgebench.mlperf.loadgen.detail import DetailLog, read_detail
from edgebench.rundir.contents.times import Times, write_times

Change = Callable[[dict[str, Any]], None]


def copied(
    run: Path,
    out: Path,
    change: Change = lambda record: None,
    system: Mapping[str, Any] | None = None,
) -> Path:
    """Copy a run directory, with run.json changed and other facts of the host."""
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(run, out)
    path = out / "run.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    if system:
        facts = json.loads((out / "system.json").read_text())
        facts["host"] |= system
        (out / "system.json").write_text(json.dumps(facts))
    return out


def with_latency(run: Path, out: Path, ns: float, spread: float, seed: int, **system: Any) -> Path:
    """Copy a run with other latencies: a median, and how far they scatter."""
    values = np.random.default_rng(seed).normal(ns, ns * spread, 2000).astype(np.int64)

    def change(record: dict[str, Any]) -> None:
        record["performance"]["latency_ns"]["p50"] = int(np.median(values))
        record["performance"]["others_cpu_share"] = 0.0
        record["started"] = f"2026-01-01T00:00:{seed:02d}.000000Z"

    copied(run, out, change, system)
    zeros = np.zeros(values.size, np.int64)
    write_times(
        out / "performance",
        Times(zeros, np.cumsum(values), values, zeros, np.ones(values.size, np.int64)),
    )
    return out


def as_official(run: Path, out: Path) -> Path:
    """Copy a quick run with its logs saying what those of an official one say.

    A real one takes 600 s per scenario: those are tried by hand.
    """

    def change(record: dict[str, Any]) -> None:
        record["quick"] = False
        record["request"]["official"] = True

    copied(run, out, change)
    for mode in ("performance", "accuracy"):
        path = out / mode / "mlperf_log_detail.txt"
        log, summary = read_detail(path), path.with_name("mlperf_log_summary.txt")
        begin, end = "11-26-2026 10:00:00.000", "11-26-2026 10:10:00.100"
        values = {"effective_min_duration_ms": 600_000, "power_begin": begin, "power_end": end}
        if mode == "performance":
            longer, old = _longer(log)
            values |= longer
            text = summary.read_text()
            for key, value in old.items():
                text = re.sub(rf"(?m)^({key} .*: )\S+$", rf"\g<1>{value}", text)
            summary.write_text(text)
        path.write_text(with_values(path.read_text(), **values))
    return out


def _longer(log: DetailLog) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what a log of 600 s at the same speed has, and lines of its summary that differ."""
    if log.values["effective_scenario"] == "Offline":
        # The last answer is the end of the test.
        samples = max(30_000, round(log.real("result_samples_per_second") * 600))
        latest_ns = round(samples / log.real("result_samples_per_second") * 1e9)
        return (
            {"generated_samples_per_query": samples, "result_max_latency_ns": latest_ns},
            {"Max latency": latest_ns},
        )
    queries = round(599 * 1e9 / log.real("result_mean_latency_ns"))
    return {"result_query_count": queries, "generated_query_count": queries}, {}


def with_values(log: str, **values: Any) -> str:
    """Return a detail log with other values of some keys."""
    lines = []
    for line in log.splitlines():
        entry = json.loads(line.removeprefix(":::MLLOG "))
        entry["value"] = values.get(entry["key"], entry["value"])
        lines.append(f":::MLLOG {json.dumps(entry)}\n")
    return "".join(lines)
